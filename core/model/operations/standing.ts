/** How an operation stands: what it finds, and who lets it go on. */
import type { Operation } from '../../../protocol/trace';
import { ABSENT } from '../../trace/trace';
import type { Doing, Moment } from './moment';

export const few = (count: number, most = 3): string => (count > most ? `>${most}` : `${count}`);

/** Nobody else can do anything before it, so that it finds what there is now. */
export const actsNow = ({ free, doing }: Moment, { goroutine, waiting }: Doing): boolean =>
  !waiting &&
  free.length === 1 &&
  free[0] === goroutine &&
  // Who was woken by a condition shows only when it goes on.
  [...doing.values()].every((one) => one.operation !== 'cond-wait');

/** How the operation finds its channel, lock or wait group now. */
export function stateWord({ state, run, doing }: Moment, object: number, operation: Operation): string {
  if (object === ABSENT) return 'nothing';
  const capacity = run.trace.header.objects[object]?.capacity ?? 0;
  const channel = state.channels.get(object);
  const waits = (direction: Operation): boolean =>
    [...doing.values()].some(
      (one) =>
        one.waiting &&
        ((one.operation === direction && one.object === object) ||
          one.cases.some((each) => each.object === object && each.direction === direction)),
    );
  switch (operation) {
    case 'send':
      if (channel && channel.closedAt !== ABSENT) return 'closed';
      if ((channel?.buffered ?? 0) < capacity)
        return capacity - (channel?.buffered ?? 0) > 1 ? 'ready room' : 'ready last';
      return waits('receive') ? 'ready partner' : capacity > 0 ? 'full' : 'alone';
    case 'receive':
      if ((channel?.buffered ?? 0) > 0) return (channel?.buffered ?? 0) > 1 ? 'ready values' : 'ready last';
      if (channel && channel.closedAt !== ABSENT) return 'closed';
      return waits('send') ? 'ready partner' : capacity > 0 ? 'empty' : 'alone';
    case 'lock':
    case 'rlock': {
      const holders = state.holders.get(object)?.length ?? 0;
      return holders === 0 ? 'ready free' : 'held';
    }
    case 'wg-wait': {
      const count = state.waitGroups.get(object) ?? 0;
      return count <= 0 ? 'ready' : `counts ${few(count)}`;
    }
    case 'once':
      return state.onces.has(object) ? 'running' : 'ready';
    default:
      return 'other';
  }
}

/** Who lets one go on that does this. */
const HELP: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  send: ['receive'],
  receive: ['send', 'close'],
  'wg-wait': ['done'],
  'cond-wait': ['cond-signal', 'cond-broadcast'],
};

/** `at hand`: somebody who can go on is about to; `coming`: waits to; `before`: has done it; `holder …` of locks. */
export function helpFor(
  { state, doing, users, free, unreached }: Moment,
  goroutine: number,
  object: number,
  operation: Operation,
): string {
  if (object === ABSENT) return 'nobody';
  if (operation === 'lock' || operation === 'rlock') {
    const holder = state.holders.get(object)?.find((one) => one !== goroutine);
    if (holder === undefined) return state.holders.get(object)?.length ? 'holder self' : 'holder none';
    const status = state.goroutines[holder]?.status;
    return `holder ${unreached.has(holder) ? 'stuck' : (status ?? 'gone')}`;
  }
  const wanted = HELP[operation] ?? [];
  let best = 'nobody';
  for (const one of doing.values()) {
    if (one.goroutine === goroutine || unreached.has(one.goroutine)) continue;
    const does =
      (wanted.includes(one.operation === 'wg-add' ? 'done' : one.operation) && one.object === object) ||
      one.cases.some((each) => each.object === object && wanted.includes(each.direction ?? ''));
    if (does) {
      if (free.includes(one.goroutine)) return 'at hand';
      best = 'coming';
    }
  }
  if (best !== 'nobody') return best;
  const uses = users.get(object);
  for (const use of wanted) {
    for (const other of uses?.get(use) ?? []) {
      const status = state.goroutines[other]?.status;
      if (other !== goroutine && (status === 'runnable' || status === 'blocked') && !unreached.has(other))
        return 'before';
    }
  }
  return 'nobody';
}
