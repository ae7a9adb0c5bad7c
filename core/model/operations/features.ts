/** What speaks for a candidate, in words that mean the same in each program; weights.ts says how much. */
import { ABSENT } from '../../trace/trace';
import type { Doing, Moment } from './moment';
import { selectCertainty, selectWords } from './select-features';
import { actsNow, few, helpFor, stateWord } from './standing';

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
    ...alike(moment, doing, label, free),
    ...certainty(moment, doing, outcome),
  ];
}

/** What follows from what is there, whatever the operation: these words are common, so that their weights are well known. */
function certainty(moment: Moment, doing: Doing, outcome: string): string[] {
  if (doing.operation === 'select') return selectCertainty(moment, doing, outcome);
  if (!actsNow(moment, doing)) return [];
  const [found = ''] = stateWord(moment, doing.object, doing.operation).split(' ');
  if (['nothing', 'other', 'closed'].includes(found)) return [];
  if (found === 'ready') return [outcome === 'at-once' ? 'sure' : 'ruled out'];
  return outcome === 'at-once' ? ['ruled out'] : [];
}

/** What means the same for all operations but selects, so that what is seldom learns from what is common. */
function alike(moment: Moment, doing: Doing, label: string, free: number): string[] {
  const { operation, object, waiting } = doing;
  const manner = `${label} ${waiting ? 'waits' : actsNow(moment, doing) ? 'now' : 'comes'}`;
  const about = [`${manner} free ${few(free, 1)}`, `${manner} returned ${moment.state.returned}`];
  if (operation === 'select') return about;
  const [found] = stateWord(moment, object, operation).split(' ');
  const help = helpFor(moment, doing.goroutine, object, operation);
  const words = [`${found}`, help, `${found} ${help}`, `${help} free ${few(free, 1)}`];
  return [...about, ...words.map((word) => `${manner} ${word}`)];
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
  if (!candidate) {
    const others = moment.free.filter((one) => contenders.every(({ goroutine }) => goroutine !== one)).length;
    return [
      'taker another',
      `taker another ${held} of ${few(contenders.length)}`,
      `taker another free ${few(others, 2)}`,
    ];
  }
  const since = (one: Doing): number => moment.state.goroutines[one.goroutine]!.blockedAt;
  const rank = contenders.filter((one) => one.waiting && since(one) < since(candidate)).length;
  const how = candidate.waiting ? `waits ${few(rank, 2)}` : 'comes';
  return [
    `taker ${how}`,
    // Of those who wait for a free lock only the first can go on.
    `taker can ${moment.free.includes(candidate.goroutine)} ${held}`,
    `taker ${how} ${held}`,
    `taker ${how} ${held} of ${few(contenders.length)}`,
    `taker current ${candidate.goroutine === moment.current} ${how} ${held}`,
  ];
}
