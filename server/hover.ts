/**
 * Hover over a select, a channel operation or a lock: how often what happened next there, in the runs of the
 * explorations until now.
 */
import type { Hover, Position } from 'vscode-languageserver/node';
import { type Distribution, distribution, type OutcomeShare } from '../core/model/counts';
import type { OutcomeCount } from '../protocol/finding';
import { anchorOf, placeAnchor } from './anchor';
import type { GoDocument } from './documents/go-document';
import { moduleRootOf, pathOf, relativeTo } from './modules';
import { characterOf } from './positions';
import type { ServerContext } from './server-context';
import { operationAt } from './static-checks';

export function register(context: ServerContext): void {
  context.connection.onHover(async ({ textDocument, position }): Promise<Hover | null> => {
    const document = context.documents.get(textDocument.uri);
    if (document === undefined || !context.settings.hover) return null;
    const tree = context.analysis.tree(document);
    const operation = tree === undefined ? undefined : operationAt(tree, position);
    if (operation === undefined) return null;
    const counts = await countsOn(context, document, operation.line);
    const count = nearest(counts, position);
    const value =
      count === undefined
        ? 'What happens next here? No runs yet: explore a test that comes by.'
        : describe(count.count, distribution(count.count));
    return { contents: { kind: 'markdown', value } };
  });
}

interface PlacedCount {
  count: OutcomeCount;
  character: number;
}

/** Counts are of the file as saved; in a function that is being edited they do not hold. */
async function countsOn(
  { analysis, findings }: ServerContext,
  document: GoDocument,
  line: number,
): Promise<PlacedCount[]> {
  const path = pathOf(document.uri);
  const root = path === undefined ? undefined : moduleRootOf(path);
  if (path === undefined || root === undefined) return [];
  if (!findings.knows(root)) await findings.load(root);
  const saved = await analysis.sourceOnDisk(document.uri);
  const now = analysis.sourceOfOpen(document);
  const file = relativeTo(root, path);
  return findings.counts(root).flatMap((count) => {
    if (count.file !== file) return [];
    const placement = placeAnchor(now, anchorOf(saved?.source, count.line - 1, true));
    if (placement?.line !== line || !placement.current) return [];
    return [{ count, character: characterOf(now.lines[line] ?? '', count.column) }];
  });
}

/** Of several operations on one line, the last that begins at or before the cursor. */
function nearest(counts: readonly PlacedCount[], { character }: Position): PlacedCount | undefined {
  const before = counts.filter((count) => count.character <= character);
  const sorted = (before.length > 0 ? before : counts).toSorted((one, other) => one.character - other.character);
  return before.length > 0 ? sorted.at(-1) : sorted[0];
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
  return times === 0 ? `0 % (0–${of(high)})` : `${of(probability)} % (${of(low)}–${of(high)})`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
