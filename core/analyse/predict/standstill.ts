/**
 * Runs that another order of the same events would bring to a standstill: everybody who has not ended waits. Besides
 * cycles that is found so what many waits add up to: places that are all taken, tokens that are not given back, queues
 * that those fill who should empty them.
 */

import { isAccess } from '../../trace/execution/actions';
import { ABSENT } from '../../trace/execution/execution';
import { channelDirection, eventAt, type Trace } from '../../trace/trace';
import { testGoroutine } from '../analysis';
import { type Facts, factsOf } from '../reorder/facts';
import { standstills } from '../reorder/standstill';
import type { Prediction, Subject } from './prediction';

/** Steps of the search, and the share of those that are allowed: it comes after others, twice. */
const STEPS = 50_000;
const SHARE = 4;
/** Longer executions have too many orders. */
const MAX_EVENTS = 4_000;
const MOST = 8;

export function standstill(subject: Subject): Prediction[] {
  const { execution, trace } = subject;
  if (!trace || trace.header.mode === 'record' || execution.count > MAX_EVENTS) return [];
  // Whoever waits in the trace itself is told as that.
  if (trace.header.outcome !== 'pass') return [];
  const facts = factsOf(execution);
  const certain = found(subject, trace, facts, false);
  // Many a value that is read is only counted, or told.
  const hasAccesses = execution.action.some(isAccess);
  return certain.length > 0 || !hasAccesses ? certain : found(subject, trace, facts, true);
}

function found({ execution, search }: Subject, trace: Trace, facts: Facts, anyValue: boolean): Prediction[] {
  const steps = search ? search.steps / SHARE : STEPS;
  const test = testGoroutine(trace);
  const predictions: Prediction[] = [];
  for (const { order, waiting } of standstills(facts, { steps, most: MOST, anyValue })) {
    const sources = waiting.map((event) => execution.source[event]!);
    // A select has other cases to go on with.
    if (sources.some((source) => execution.choices.has(source)) || meet(trace, sources)) continue;
    if (search?.skip(waiting)) continue;
    const events = [...waiting].sort((a, b) => a - b);
    predictions.push({
      kind: events.some((event) => execution.thread[event] === test) ? 'deadlock' : 'goroutine-leak',
      // Time, contexts and select may have more to say: told when a run shows it.
      sound: false,
      standstill: true,
      events,
      reasons: [
        'In this order everybody who has not ended comes to wait, and nobody is left to end it.',
        ...(anyValue ? ['Some value that is read on the way is another one then.'] : []),
      ],
      witness: order,
    });
  }
  return predictions;
}

/** Two of them would meet at a channel, though in the trace each met somebody else. */
function meet(trace: Trace, sources: readonly number[]): boolean {
  const directions = new Map<number, string>();
  return sources.some((source) => {
    const event = eventAt(trace, source);
    const direction = channelDirection(event);
    if (direction === undefined || event.object === ABSENT) return false;
    const other = directions.get(event.object);
    directions.set(event.object, direction);
    return other !== undefined && other !== direction;
  });
}
