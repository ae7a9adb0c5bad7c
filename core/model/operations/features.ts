/** What speaks for a candidate, in words that mean the same in each program; weights.ts says how much. */
import type { Operation } from '../../../protocol/trace';
import { ABSENT, siteAt } from '../../trace/trace';
import { labelKind } from './label';
import type { Doing, KnownCase, Moment } from './moment';

const few = (count: number, most = 3): string => (count > most ? `>${most}` : `${count}`);

/** Whose turn comes next. */
export function turnFeatures(moment: Moment, goroutine: number): string[] {
  const doing = moment.doing.get(goroutine);
  const stays = goroutine === moment.current;
  const operation = doing ? `${doing.over ? 'after ' : ''}${doing.operation}` : 'unknown';
  const others = moment.free.length - 1;
  return [
    `turn stays ${stays}`,
    `turn stays ${stays} of ${few(others)}`,
    `turn ${operation}`,
    `turn stays ${stays} ${operation}`,
    `turn waiting ${doing?.waiting ?? false}`,
    `turn newest ${goroutine === moment.free.at(-1)}`,
    `turn test ${moment.run.trace.header.goroutines[goroutine]?.path === '1'} returned ${moment.state.returned}`,
  ];
}

/** What comes of an operation. */
export function outcomeFeatures(moment: Moment, doing: Doing, outcome: string): string[] {
  const words = doing.operation === 'select' ? selectWords(moment, doing, outcome) : plainWords(moment, doing);
  const { operation, waiting, before } = doing;
  const label = outcome.startsWith('case:') ? 'case' : outcome;
  const about = `${operation} ${waiting ? 'waiting' : 'coming'} ${label}`;
  const free = moment.free.filter((goroutine) => goroutine !== doing.goroutine).length;
  return [
    label,
    about,
    `${about} current ${doing.goroutine === moment.current}`,
    `${about} free ${few(free)}`,
    `${about} before ${few(before, 2)}`,
    `${about} returned ${moment.state.returned}`,
    ...words.map((word) => `${about} ${word}`),
  ];
}

function plainWords(moment: Moment, doing: Doing): string[] {
  const { operation, object } = doing;
  const help = helpFor(moment, doing.goroutine, object, operation);
  return [
    stateWord(moment, object, operation),
    `${stateWord(moment, object, operation)} ${help}`,
    help,
    `queue ${queueOf(moment, doing, object)}`,
    depthWord(moment, object),
  ];
}

function selectWords(moment: Moment, doing: Doing, outcome: string): string[] {
  const labels = siteAt(moment.run.trace, doing.site)?.cases ?? [];
  const ready = doing.cases.filter((one) => isReady(moment, one)).length;
  const known = doing.cases.length > 0;
  const all = [`cases ${few(labels.length, 4)}`, known ? `ready ${few(ready, 2)}` : 'ready unknown'];
  const index = Number(/^case:(\d+)$/u.exec(outcome)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) {
    const helped = doing.cases.filter((one) => helpOf(moment, doing.goroutine, one) !== 'nobody').length;
    return [...all, `helped ${few(helped, 2)} ${known}`];
  }
  const one = doing.cases.find((it) => it.index === index);
  const kind = labelKind(labels[index] ?? '');
  const own = one
    ? `${isReady(moment, one) ? 'ready' : 'not ready'} ${helpOf(moment, doing.goroutine, one)}`
    : 'unknown';
  return [...all, kind, own, `${kind} ${own}`, `${own} of ${few(ready, 2)}`, `${all.join(' ')} ${own}`];
}

const isReady = (moment: Moment, { object, direction }: KnownCase): boolean =>
  /^(?:ready|closed)/u.test(stateWord(moment, object, direction ?? 'receive'));

const helpOf = (moment: Moment, goroutine: number, { object, direction }: KnownCase): string =>
  helpFor(moment, goroutine, object, direction ?? 'receive');

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
function helpFor(
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

/** How many others want the same thing. */
function queueOf({ doing }: Moment, { goroutine, operation }: Doing, object: number): string {
  if (object === ABSENT) return '0';
  let count = 0;
  for (const one of doing.values())
    if (one.goroutine !== goroutine && one.operation === operation && one.object === object) count++;
  return few(count, 2);
}

/** How long the chain of those is who wait for each other's locks. */
function depthWord({ state, doing }: Moment, object: number): string {
  let depth = 0;
  for (let at = object; depth < 3; depth++) {
    const holder = state.holders.get(at)?.[0];
    const next = holder === undefined ? undefined : doing.get(holder);
    if (!next?.waiting || (next.operation !== 'lock' && next.operation !== 'rlock')) break;
    at = next.object;
  }
  return `depth ${depth}`;
}

/** Who gets a lock. `candidate` is undefined for somebody who has not come yet. */
export function takerFeatures(
  moment: Moment,
  object: number,
  contenders: readonly Doing[],
  candidate: Doing | undefined,
): string[] {
  const held = (moment.state.holders.get(object)?.length ?? 0) > 0 ? 'held' : 'free';
  if (!candidate) return ['taker another', `taker another ${held} of ${few(contenders.length)}`];
  const since = (one: Doing): number => moment.state.goroutines[one.goroutine]!.blockedAt;
  const rank = contenders.filter((one) => one.waiting && since(one) < since(candidate)).length;
  const how = candidate.waiting ? `waits ${few(rank, 2)}` : 'comes';
  return [
    `taker ${how}`,
    `taker ${how} ${held}`,
    `taker ${how} ${held} of ${few(contenders.length)}`,
    `taker current ${candidate.goroutine === moment.current} ${how} ${held}`,
    `taker before ${few(candidate.before, 1)}`,
  ];
}
