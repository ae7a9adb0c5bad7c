/** `lockstep trace`: shows recorded traces, turns them into other formats, and puts their events in other orders. */
import { resolve } from 'node:path';
import { factsOf } from '../core/analyse/reorder/facts';
import { Meetings } from '../core/analyse/reorder/meeting';
import { reorderings } from '../core/analyse/reorder/search';
import type { Execution } from '../core/trace/execution/execution';
import { inRapid } from '../core/trace/execution/std';
import { eventsOf, type Trace } from '../core/trace/trace';
import type { Showing } from '../core/view/export/cells';
import { positionsIn } from '../core/view/export/copy';
import { FORMATS, type Format, shown, shownPieces } from '../core/view/export/formats';
import { clockColumn, RELATIONS, relationArrows, setColumn } from '../core/view/export/relation';
import { printWithSurprises } from '../core/view/page';
import { type ExecutionFile, readExecution } from '../engine/executions';
import { countsBeside } from '../engine/store/counts';
import { type Attempt, type Failure, failed, succeeded } from '../engine/system/attempt';
import { writeAtomically, writeProblem } from '../engine/system/files';
import type { OutcomeCount } from '../protocol/finding';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readCount, readWord } from './flags';

const ACTIONS = ['print', 'convert', 'reorder'] as const;

export const trace: Verb = {
  name: 'trace',
  usage:
    `trace ${ACTIONS.join('|')} TRACE [--format ${FORMATS.join('|')}] [--events LIST] ` +
    `[--relation ${Object.keys(RELATIONS).join('|')}] [--sets] [--pair I,J] [--preemptions N] [--limit N] [--out FILE]`,
  summary: 'show a trace, ours or an STD file; write it in another format; tell other orders its events can have',
  flags: {
    format: 'value',
    events: 'value',
    relation: 'value',
    sets: 'switch',
    pair: 'value',
    preemptions: 'value',
    limit: 'value',
    out: 'value',
  },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const [action, file, ...more] = flags.positionals;
  const word = readWord('action', action ?? '', ACTIONS);
  if (!word.ok) return failed(`lockstep trace can ${ACTIONS.join(', ')}: lockstep ${trace.usage}`);
  if (file === undefined || more.length > 0)
    return failed(`say which trace to ${action}: lockstep trace ${action} FILE`);
  const fallback = word.value === 'convert' ? 'std' : 'text';
  const format = readWord('format', flags.text.get('format') ?? fallback, FORMATS);
  if (!format.ok) return format;
  const read = await readExecution(file, context.directory);
  if (!read.ok) return read;
  for (const problem of read.value.problems) context.terminal.complain(problem);
  const text =
    word.value === 'reorder'
      ? reordered(read.value, format.value, flags)
      : printed(read.value, format.value, flags, await countsBeside(resolve(context.directory, file)));
  if (!text.ok) return text;
  if (format.value === 'std') tellForeign(file, read.value.execution, context);
  return write(text.value, flags, context);
}

async function write(
  text: Iterable<string>,
  flags: Flags,
  { terminal, directory }: Context,
): Promise<ExitCode | Failure> {
  const out = flags.text.get('out');
  if (out === undefined) {
    await terminal.printPieces(text);
    return EXIT.clean;
  }
  const path = resolve(directory, out);
  try {
    await writeAtomically(path, text);
  } catch (error) {
    return failed(`--out: ${writeProblem(path, error)}`);
  }
  return EXIT.clean;
}

function tellForeign(file: string, { action, count }: Execution, { terminal }: Context): void {
  let foreign = 0;
  for (let event = 0; event < count; event++) if (!inRapid(action[event]!)) foreign++;
  if (foreign === 0) return;
  terminal.complain(`${file}: ${foreign} of ${count} events are of kinds that only Lockstep reads in this format`);
}

function printed(
  { execution, trace: own }: ExecutionFile,
  format: Format,
  flags: Flags,
  counts: readonly OutcomeCount[],
): Attempt<Iterable<string>> {
  const chosen = ['events', 'relation'].some((flag) => flags.text.has(flag));
  // Our own traces have more to show than what orders their events.
  if (own && !chosen && format === 'text') return succeeded([printWithSurprises(own, counts)]);
  if (own && !chosen && format === 'json') {
    return succeeded([`${JSON.stringify({ header: own.header, events: [...eventsOf(own)] }, null, 2)}\n`]);
  }
  const showing = showingOf(execution, own, flags, format);
  return showing.ok ? succeeded(shownPieces(execution, format, showing.value)) : showing;
}

/** Sets and arrows grow with the square of the number of events. */
const MAX_SETS = 20_000;

function showingOf(execution: Execution, own: Trace | undefined, flags: Flags, format: Format): Attempt<Showing> {
  const showing: Showing = numbering(execution, own);
  const events = flags.text.get('events');
  if (events !== undefined) {
    const numbers = events.split(',').map(Number);
    const all = Array.from({ length: execution.count }, (_, event) => event);
    showing.events = all.filter((event) => numbers.includes(showing.number?.(event) ?? event + 1));
    const missing = numbers.find((number) => !showing.events?.some((event) => showing.number?.(event) === number));
    if (missing !== undefined) return failed(`--events: there is no event ${missing} that orders anything`);
  }
  const relation = flags.text.get('relation');
  if (relation === undefined)
    return flags.switches.has('sets') ? failed('--sets needs --relation') : succeeded(showing);
  const known = readWord('relation', relation, Object.keys(RELATIONS));
  if (!known.ok) return known;
  const needsSets = flags.switches.has('sets') || format === 'latex';
  if (needsSets && execution.count > MAX_SETS) {
    return failed(`sets and arrows are for traces of at most ${MAX_SETS} events; this has ${execution.count}`);
  }
  const asSets = flags.switches.has('sets');
  showing.column = asSets ? setColumn(execution, relation, showing) : clockColumn(execution, relation);
  if (format === 'latex') showing.arrows = relationArrows(execution, relation);
  return succeeded(showing);
}

const numbering = (execution: Execution, own: Trace | undefined): Showing => ({ number: positionsIn(execution, own) });

/** Where nothing else is asked for. */
const DEFAULT_LIMIT = 10;
const MAX_STEPS = 2_000_000;

function reordered({ execution, trace: own }: ExecutionFile, format: Format, flags: Flags): Attempt<Iterable<string>> {
  const orders = ordersOf(execution, own, flags);
  if (!orders.ok) return orders;
  const showing = numbering(execution, own);
  if (format === 'json') {
    const numbers = orders.value.map((order) => order.map((event) => showing.number!(event)));
    return succeeded([`${JSON.stringify({ version: 1, reorderings: numbers }, null, 2)}\n`]);
  }
  const texts = orders.value.map((events) => shown(execution, format, { ...showing, events }));
  return succeeded([texts.join('\n')]);
}

function ordersOf(execution: Execution, own: Trace | undefined, { text }: Flags): Attempt<number[][]> {
  const pair = text.get('pair');
  if (pair !== undefined) return pairOrder(execution, own, pair);
  const limit = readCount('limit', text.get('limit') ?? String(DEFAULT_LIMIT));
  if (!limit.ok) return limit;
  const bound = text.get('preemptions');
  if (bound !== undefined && !/^\d+$/u.test(bound)) {
    return failed(`--preemptions takes a whole number from 0 on, not "${bound}"`);
  }
  const found: number[][] = [];
  const bounds = { steps: MAX_STEPS, ...(bound === undefined ? {} : { preemptions: Number(bound) }) };
  for (const order of reorderings(factsOf(execution), bounds)) {
    found.push(order);
    if (found.length >= limit.value) break;
  }
  return found.length > 0 ? succeeded(found) : failed('no correct reordering was found: more preemptions may help');
}

/** An order that ends with two events side by side. */
function pairOrder(execution: Execution, own: Trace | undefined, pair: string): Attempt<number[][]> {
  const numbers = pair.split(',').map(Number);
  const { number } = numbering(execution, own);
  const events = numbers.map((wanted) => {
    for (let event = 0; event < execution.count; event++) if (number?.(event) === wanted) return event;
    return -1;
  });
  const [first, second] = events;
  if (events.length !== 2 || first === undefined || second === undefined || events.includes(-1)) {
    return failed(`--pair takes the numbers of two events that order something, such as 3,5, not "${pair}"`);
  }
  const witness = new Meetings(execution).witness([first, second]);
  return witness
    ? succeeded([[...witness, first, second]])
    : failed(`no correct reordering was found that puts ${numbers.join(' and ')} side by side`);
}
