/** What is likely to come of operations in an open file: the code, the counts of runs, and who else is concerned. */
import type { Tree } from 'web-tree-sitter';
import { type Distribution, distribution, mergeCounts } from '../core/model/counts';
import { interval } from '../core/model/evidence';
import { FOR_EVER } from '../core/model/operations/outcome-words';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { type Dependence, dependences, startedBody } from '../core/static/dependence';
import type { OutcomeCount } from '../protocol/finding';
import { anchorOf, placeAnchor } from './anchor';
import type { GoDocument } from './documents/go-document';
import { moduleRootOf, pathOf, relativeTo } from './modules';
import { knownFile } from './operation-sites';
import type { ServerContext } from './server-context';
import { unlessTooDeep } from './too-deep';

/** Counts at their places in the text as it is now; a place that was edited has none. */
export interface PlacedCount {
  /** From 0. */
  line: number;
  count: OutcomeCount;
}

/** Counts are of the file as saved; in a function that is being edited they do not hold. */
export async function countsOf({ analysis, findings }: ServerContext, document: GoDocument): Promise<PlacedCount[]> {
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
    return placement?.current ? [{ line: placement.line, count }] : [];
  });
}

/** Of an operation that begins on this line, from 0. Without runs the code alone speaks. */
export function predictionAt(counts: readonly PlacedCount[], operation: ConcurrencySite, line: number): Distribution {
  const { column } = operation.range.start;
  const own = counts.filter((one) => one.line === line && one.count.column === column).map(({ count }) => count);
  const { operation: name, expression, cases } = operation;
  const none: OutcomeCount = {
    file: '',
    line,
    column,
    operation: name,
    expression,
    outcomes: {},
    runs: 0,
    ...(cases ? { cases } : {}),
  };
  return distribution(mergeCounts(own)[0] ?? none);
}

/** What becomes of a goroutine that a `go` statement starts, in so many runs. */
export interface StartedPrediction {
  runs: number;
  /** Runs in which one of them waits for ever, at most. */
  stuck: number;
  probability: number;
  low: number;
  high: number;
  /** Where most of them do, from 0. */
  line: number | undefined;
}

/** Undefined where its function is not in the file, or no run has been there. */
export function startedPrediction(
  document: GoDocument,
  tree: Tree,
  counts: readonly PlacedCount[],
  { range }: ConcurrencySite,
): StartedPrediction | undefined {
  const { all } = knownFile(document, tree);
  const body = all && unlessTooDeep(() => startedBody(all, '', range.start), undefined);
  if (!body) return undefined;
  const inside = counts.filter(({ line }) => line + 1 >= body.start.line && line + 1 <= body.end.line);
  const runs = Math.max(0, ...inside.map(({ count }) => count.runs));
  if (runs === 0) return undefined;
  const waits = inside.map(({ line, count }) => ({ line, times: count.outcomes[FOR_EVER] ?? 0 }));
  const stuck = Math.min(
    runs,
    waits.reduce((sum, { times }) => sum + times, 0),
  );
  const most = waits.reduce((best, one) => (one.times > best.times ? one : best), { line: -1, times: 0 });
  const probability = (stuck + 0.5) / (runs + 1);
  return { runs, stuck, probability, ...interval(probability, runs + 1), line: most.times > 0 ? most.line : undefined };
}

/** Who else uses what the operation uses, in this file. */
export function dependencesOf(document: GoDocument, tree: Tree, { range }: ConcurrencySite): Dependence[] {
  const { all } = knownFile(document, tree);
  return all ? unlessTooDeep(() => dependences(all, '', range.start), []) : [];
}
