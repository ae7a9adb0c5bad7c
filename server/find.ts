/** lockstep/findings: the findings of the workspace, or those that have a site on one line. */
import { FINDINGS, type FindingSummary, type FindingsParams } from '../protocol/messages';
import type { PlacedFinding } from './findings';
import type { ServerContext } from './server-context';
import { bySeverity, summaryOf } from './summary';

export function register({ connection, diagnostics }: ServerContext): void {
  connection.onRequest(FINDINGS, ({ at }: FindingsParams): FindingSummary[] => {
    const isThere = ({ sites }: PlacedFinding) =>
      at === undefined || sites.some(({ uri, range }) => uri === at.uri && range.start.line === at.position.line);
    return diagnostics
      .dynamic()
      .filter(isThere)
      .sort((one, other) => bySeverity(one.finding, other.finding))
      .map(({ root, finding }) => summaryOf(root, finding));
  });
}
