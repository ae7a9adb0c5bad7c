/**
 * Hover over a select, a channel operation or a lock: how often what happened next there, in the runs of the
 * explorations until now.
 */
import { type Hover, type HoverParams, HoverRequest } from 'vscode-languageserver/node';
import { type Distribution, distribution, mergeCounts, type OutcomeShare } from '../core/model/counts';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import type { OutcomeCount } from '../protocol/finding';
import { COMMANDS } from '../protocol/settings';
import { anchorOf, placeAnchor } from './anchor';
import type { GoDocument } from './documents/go-document';
import { moduleRootOf, pathOf, relativeTo } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { document as documentShape, fields, position as positionShape } from './shapes';
import { operationAt } from './static-checks';

const ASKED = fields<Pick<HoverParams, 'textDocument' | 'position'>>({
  textDocument: documentShape,
  position: positionShape,
});

export function register(context: ServerContext): void {
  onRequest(context, HoverRequest.method, ASKED, async (asked: HoverParams): Promise<Hover | null> => {
    const { textDocument, position } = asked;
    await context.analysis.ready;
    const document = context.documents.get(textDocument.uri);
    if (document === undefined || !context.settings.hover) return null;
    const tree = context.analysis.tree(document);
    const found = tree === undefined ? undefined : operationAt(document, tree, position);
    if (found === undefined) return null;
    const { operation, range } = found;
    const counts = await countsAt(context, document, operation, range.start.line);
    const count = mergeCounts(counts)[0];
    if (count === undefined && ALWAYS_AT_ONCE.has(operation.operation)) return null;
    const value = count === undefined ? noRuns(operation) : describe(count, distribution(count));
    return { contents: { kind: 'markdown', value }, range };
  });
}

/** Counts are of the file as saved; in a function that is being edited they do not hold. */
async function countsAt(
  { analysis, findings }: ServerContext,
  document: GoDocument,
  operation: ConcurrencySite,
  line: number,
): Promise<OutcomeCount[]> {
  const path = pathOf(document.uri);
  const root = path === undefined ? undefined : moduleRootOf(path);
  if (path === undefined || root === undefined) return [];
  if (!findings.knows(root)) await findings.load(root);
  const saved = await analysis.sourceOnDisk(document.uri);
  const now = analysis.sourceOfOpen(document);
  const file = relativeTo(root, path);
  return findings.counts(root).filter((count) => {
    if (count.file !== file || count.column !== operation.range.start.column) return false;
    const placement = placeAnchor(now, anchorOf(saved?.source, count.line - 1, true));
    return placement?.line === line && placement.current;
  });
}

/** Nothing is open about what they do next, so without counts there is nothing to say. */
const ALWAYS_AT_ONCE: ReadonlySet<ConcurrencySite['operation']> = new Set(['go', 'make', 'unlock', 'runlock']);

function noRuns({ operation, expression }: ConcurrencySite): string {
  const what = `\`${expression === '' ? operation : `${operation} ${expression}`}\``;
  return `What happens next at ${what}? No runs yet: [explore a test](command:${COMMANDS.explore}) that comes by here.`;
}

function describe(count: OutcomeCount, { shares, times, runs }: Distribution): string {
  const what = count.expression === '' ? `\`${count.operation}\`` : `\`${count.operation} ${count.expression}\``;
  const rows = shares.map(
    (share) => `| ${label(share)} | ${bar(share)} | ${percent(share)} | ${number(share.times)} |`,
  );
  return [
    `**What happened next** at ${what}`,
    '',
    '| next | | share | times |',
    '|:---|:---|---:|---:|',
    ...rows,
    '',
    `Seen ${number(times)} ${times === 1 ? 'time' : 'times'} in ${number(runs)} ${runs === 1 ? 'run' : 'runs'}.`,
  ].join('\n');
}

function label({ outcome, label }: OutcomeShare): string {
  const safe = label.replaceAll('|', '\\|');
  return outcome === 'blocked-for-ever' ? `**${safe}**` : safe;
}

const BAR_CELLS = 12;

function bar({ outcome, times, probability }: OutcomeShare): string {
  const cells = times === 0 ? 0 : Math.max(1, Math.round(probability * BAR_CELLS));
  const full = outcome === 'blocked-for-ever' ? '▓' : '█';
  return `\`${full.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}\``;
}

/** `83 % (80–86)`: the share and where it lies with 95 % certainty. */
function percent({ probability, times, low, high }: OutcomeShare): string {
  const of = (share: number) => (share > 0 && share < 0.01 ? '<1' : `${Math.round(share * 100)}`);
  if (times === 0) return `0 % (0–${of(high)})`;
  return of(low) === of(high) ? `${of(probability)} %` : `${of(probability)} % (${of(low)}–${of(high)})`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
