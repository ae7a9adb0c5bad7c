/** lockstep/findings: the findings of the workspace, or those that have a site on one line. */
import { FINDINGS, type FindingSummary, type FindingsParams } from '../protocol/messages';
import type { PlacedFinding } from './findings';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { fields, optional, position, text } from './shapes';
import { bySeverity, summaryOf } from './summary';

const AT = fields<NonNullable<FindingsParams['at']>>({ uri: text, position });

export function register(context: ServerContext): void {
  const { diagnostics } = context;
  onRequest(
    context,
    FINDINGS,
    fields<FindingsParams>({ at: optional(AT) }),
    async ({ at }: FindingsParams): Promise<FindingSummary[]> => {
      await context.storesRead();
      const isThere = ({ sites }: PlacedFinding) =>
        at === undefined || sites.some(({ uri, range }) => uri === at.uri && range.start.line === at.position.line);
      return diagnostics
        .dynamic()
        .filter(isThere)
        .sort((one, other) => bySeverity(one.finding, other.finding))
        .map(({ root, finding }) => summaryOf(root, finding));
    },
  );
}
