/** What came of an operation, in the words of OutcomeCount, and what can come of it. */
import { DEFAULT_CASE, type Operation } from '../../../protocol/trace';
import { ABSENT, eventAt, operationOf, siteAt, type Trace, type TraceEvent } from '../../trace/trace';
import type { Doing, Moment } from './moment';
import { FOR_EVER } from './outcome-words';
import { eventFrom, firstFrom, type SeenRun, wakeOf } from './seen-run';

/** Operations of which more than one thing can come. */
const OPEN: ReadonlySet<Operation> = new Set<Operation>([
  'send',
  'receive',
  'select',
  'lock',
  'rlock',
  'wg-wait',
  'cond-wait',
  'once',
]);

/**
 * What came of the operation that begins with this event, one of `own`, its goroutine's; undefined where the run ended
 * before it was known.
 */
export function outcomeOf(trace: Trace, own: ArrayLike<number>, event: TraceEvent): string | undefined {
  if (event.operation === 'panic') return 'panic';
  if (event.phase !== 'block') return completion(event, false);
  const end = wakeOf(trace, own, event);
  if (end !== ABSENT) return completion(eventAt(trace, end), true);
  for (let at = firstFrom(own, event.index + 1); at < own.length; at++)
    if (operationOf(trace, own[at]!) === 'panic') return 'panic';
  return isOver(trace) ? FOR_EVER : undefined;
}

function completion({ operation, phase, aux, argument }: TraceEvent, waited: boolean): string | undefined {
  if (operation === 'select') return phase === 'refused' || aux === DEFAULT_CASE ? 'default' : `case:${aux}`;
  if (phase === 'refused') return 'refused';
  if (operation === 'receive' && argument === CLOSED) return 'closed';
  return waited ? 'waited' : 'at-once';
}

const CLOSED = 1;

/** Nothing could move any more, so who waits then waits for ever. */
const isOver = ({ header }: Trace): boolean =>
  header.outcome === 'blocked' || (header.outcome === 'fail' && header.returned && !header.early);

/** What came of it in a run that was the same until the moment. */
export function outcomeIn(run: SeenRun, { position, state }: Moment, doing: Doing): string | undefined {
  const { goroutine, operation, waiting, over } = doing;
  if (over) return undefined;
  const { trace, events } = run;
  const own = events[goroutine] ?? [];
  if (waiting) return outcomeOf(trace, own, eventAt(trace, state.goroutines[goroutine]!.blockedAt));
  const event = eventFrom(run, goroutine, position);
  const begins = event && (event.operation === operation || event.operation === 'panic');
  return begins ? outcomeOf(trace, own, event) : undefined;
}

/** What can come of it; the first comes to mind first. Empty: nothing is open about it. */
export function possibleOutcomes(moment: Moment, doing: Doing): string[] {
  const { operation, waiting, over, object, site, tries } = doing;
  const { trace } = moment.run;
  if (over || !OPEN.has(operation)) return [];
  if (moment.unreached.has(doing.goroutine)) return [FOR_EVER];
  const channel = moment.state.channels.get(object);
  const closed = channel !== undefined && channel.closedAt !== ABSENT;
  switch (operation) {
    case 'select': {
      const labels = siteAt(trace, site)?.cases;
      if (!labels) return [];
      const known = waiting ? doing.cases.map(({ index }) => `case:${index}`) : labels.map(caseName);
      return labels.includes('default') ? known : [...known, FOR_EVER];
    }
    case 'receive':
      if (waiting) return ['waited', 'closed', FOR_EVER];
      if (closed) return channel.buffered > 0 ? ['at-once', 'closed'] : ['closed'];
      return ['at-once', 'waited', 'closed', FOR_EVER];
    case 'send':
      if (waiting) return ['waited', FOR_EVER, 'panic'];
      return closed ? ['panic'] : ['at-once', 'waited', FOR_EVER, 'panic'];
    case 'cond-wait':
      return ['waited', FOR_EVER];
    default:
      if (tries) return ['at-once', 'refused'];
      return waiting ? ['waited', FOR_EVER] : ['at-once', 'waited', FOR_EVER];
  }
}

const caseName = (label: string, index: number): string => (label === 'default' ? label : `case:${index}`);
