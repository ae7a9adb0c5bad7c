/**
 * Hover over a select, a channel operation, a lock, a wait or a go statement: what is likely to come of it, from the code
 * and the runs of the explorations until now, what it depends on, and the ways to see it happen.
 */

import { type Hover, type HoverParams, HoverRequest } from 'vscode-languageserver/node';
import { type Distribution, type OutcomeShare, restsOn } from '../core/model/counts';
import type { SchedulerEvent } from '../core/model/scheduling/trace';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import type { Dependence } from '../core/static/dependence';
import { KIND_WORDS } from '../protocol/kind-words';
import type { FindingReference } from '../protocol/messages';
import { type Phrase, phrase } from '../protocol/phrase';
import { COMMANDS } from '../protocol/settings';
import type { GoDocument } from './documents/go-document';
import { uriOf } from './modules';
import { countsOf, dependencesOf, predictionAt, type StartedPrediction, startedPrediction } from './predictions';
import { onRequest } from './requests';
import { type ScheduledNext, scheduledNext } from './scheduler-prediction';
import type { ServerContext } from './server-context';
import { document as documentShape, fields, position as positionShape } from './shapes';
import { operationAt } from './static-checks';
import { say, t } from './words';

const ASKED = fields<Pick<HoverParams, 'textDocument' | 'position'>>({
  textDocument: documentShape,
  position: positionShape,
});

export function register(context: ServerContext): void {
  onRequest(context, HoverRequest.method, ASKED, async (asked: HoverParams): Promise<Hover | null> => {
    const { textDocument, position } = asked;
    await context.analysis.ready;
    const document = context.documents.get(textDocument.uri);
    if (document === undefined || !context.settings.of(document.uri).hover) return null;
    const tree = context.analysis.tree(document);
    const found = tree === undefined ? undefined : operationAt(document, tree, position);
    if (tree === undefined || found === undefined) return null;
    const { operation, range } = found;
    const { line } = range.start;
    const counts = await countsOf(context, document);
    // The document may have been edited meanwhile.
    if (context.analysis.tree(document) !== tree) return null;
    const more = [
      scheduled(await scheduledNext(context, document, tree, operation)),
      dependsOn(document, dependencesOf(document, tree, operation)),
      links(context, document, line),
    ];
    if (operation.operation === 'go') {
      const started = startedPrediction(document, tree, counts, operation);
      return started === undefined ? null : answer(range, [describeStarted(started, document), ...more]);
    }
    const predicted = predictionAt(counts, operation, line);
    return predicted.shares.length < 2 ? null : answer(range, [describe(operation, predicted), ...more]);
  });
}

const answer = (range: Hover['range'], parts: readonly string[]): Hover => ({
  contents: { kind: 'markdown', value: parts.filter((part) => part !== '').join('\n\n') },
  range,
});

const head = (): string[] => [`| ${t`next`} | | ${t`likely`} | ${t`seen`} |`, '|:---|:---|---:|---:|'];

function describe({ operation, expression }: ConcurrencySite, predicted: Distribution): string {
  const what = `\`${expression === '' ? operation : `${operation} ${expression}`}\``;
  const rows = predicted.shares.map(
    (share) => `| ${label(share)} | ${bar(share)} | ${percent(share)} | ${number(share.times)} |`,
  );
  return [
    t`**What happens next** at ${what}`,
    '',
    ...head(),
    ...rows,
    '',
    t`Rests on ${restsOn(predicted)}; the bounds hold with 95 % certainty.`,
  ].join('\n');
}

function describeStarted(
  { runs, stuck, probability, low, high, line }: StartedPrediction,
  document: GoDocument,
): string {
  const ends = { probability: 1 - probability, low: 1 - high, high: 1 - low };
  const waits =
    line === undefined ? t`**waits for ever**` : t`**waits for ever** at [line ${line + 1}](${place(document, line)})`;
  return [
    t`**What becomes of the goroutine** that is started here`,
    '',
    ...head(),
    `| ${t`ends`} | ${bar({ ...ends, times: runs - stuck })} | ${percent(ends)} | ${number(runs - stuck)} |`,
    `| ${waits} | ${bar({ probability, times: stuck, outcome: 'blocked-for-ever' })} | ${percent({ probability, low, high })} | ${number(stuck)} |`,
    '',
    runs === 1
      ? t`Rests on 1 run of this program; the bounds hold with 95 % certainty.`
      : t`Rests on ${number(runs)} runs of this program; the bounds hold with 95 % certainty.`,
  ].join('\n');
}

/** In the scheduler's terms, what a goroutine does next that comes here. */
const SCHEDULED: Readonly<Record<SchedulerEvent, Phrase>> = {
  GoCreate: phrase`starts another goroutine`,
  GoStart: phrase`starts`,
  GoBlock: phrase`blocks`,
  GoUnblock: phrase`wakes another goroutine`,
  GoSched: phrase`gives way`,
  GoEnd: phrase`ends`,
};

function scheduled(found: readonly ScheduledNext[]): string {
  const told = found.flatMap(({ by, events }): string[] => {
    if (!events) return by === undefined ? [] : [t`${by} is being asked too.`];
    const likely = events.filter(({ probability }) => probability >= 0.05);
    if (likely.length === 0) return [];
    const words = likely.map(({ event, probability }) => `${say(SCHEDULED[event])} ${Math.round(probability * 100)} %`);
    const listed = words.join(' · ');
    return by === undefined
      ? [t`Go’s scheduler: ${listed} (the model, from the code).`]
      : [t`${by} says: ${listed} (a language model, from the code).`];
  });
  return told.join('  \n');
}

/** More than this many places are not read. */
const MOST_PLACES = 6;

function dependsOn(document: GoDocument, found: readonly Dependence[]): string {
  if (found.length === 0) return '';
  const places = found
    .slice(0, MOST_PLACES)
    .map(({ range, does }) => t`[line ${range.start.line}](${place(document, range.start.line - 1)}) ${does}`);
  const listed = places.join(' · ');
  return found.length > MOST_PLACES
    ? t`Depends on who comes first: ${listed} and ${found.length - MOST_PLACES} more.`
    : t`Depends on who comes first: ${listed}.`;
}

/** Line from 0; the fragment counts from 1. */
const place = ({ uri }: GoDocument, line: number): string => `${uri}#${line + 1}`;

const EXPLORE = `command:${COMMANDS.explore}`;

/** To explore, and to the traces of findings at the line. */
function links(context: ServerContext, document: GoDocument, line: number): string {
  const explore = t`[Explore a test](${EXPLORE}) that comes by here`;
  const traces = context.diagnostics
    .dynamic()
    .filter(({ finding, sites }) => {
      const here = sites.some(({ uri, range }) => uri === document.uri && range.start.line === line);
      return finding.trace !== undefined && here;
    })
    .map(({ root, finding }) => {
      const reference: FindingReference = { root: uriOf(root), id: finding.id };
      const encoded = encodeURIComponent(JSON.stringify([reference]));
      const command = `command:${COMMANDS.openTrace}?${encoded}`;
      return t`[open the trace of the ${KIND_WORDS[finding.kind]}](${command})`;
    });
  return `${[explore, ...traces].join(' · ')}.`;
}

function label({ outcome, said }: OutcomeShare): string {
  const safe = say(said).replaceAll('|', '\\|');
  return outcome === 'blocked-for-ever' ? `**${safe}**` : safe;
}

const BAR_CELLS = 12;

function bar({ outcome, probability }: { outcome?: string; times: number; probability: number }): string {
  const cells = Math.round(probability * BAR_CELLS);
  const full = outcome === 'blocked-for-ever' ? '▓' : '█';
  return `\`${full.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}\``;
}

/** `83 % (80–86)`. */
function percent({ probability, low, high }: Pick<OutcomeShare, 'probability' | 'low' | 'high'>): string {
  const of = (share: number) => (share > 0 && share < 0.005 ? '<1' : `${Math.round(share * 100)}`);
  return of(low) === of(high) ? `${of(probability)} %` : `${of(probability)} % (${of(low)}–${of(high)})`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
