/**
 * Makes a schedule short enough to read: keeps only the context switches and select choices without which the bug does
 * not show, by delta debugging (ddmin: Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE
 * TSE 2002, Fig. 3). Of what is left, switches are put off until they are no preemptions, as far as that is possible.
 */
import type { Directive, Schedule, Step } from '../../protocol/schedule';

/** The goroutine of the test: a run begins with it, before it takes a step. */
const FIRST = '1';

/**
 * All context switches and select cases of a run. Running it gives the same run again: who yields hands on, unless it is
 * told to go on itself.
 */
export function directiveOf(steps: readonly Step[]): Directive {
  const directive: Directive = { switches: [], cases: [] };
  const taken = new Map<string, number>();
  let previous = FIRST;
  for (const { g, op, case: choice } of steps) {
    const at = taken.get(g) ?? 0;
    if (previous !== g || op === 'yield') {
      directive.switches.push({ from: previous, after: taken.get(previous) ?? 0, to: g });
    }
    if (choice !== undefined) directive.cases.push({ g, at, case: choice });
    taken.set(g, at + 1);
    previous = g;
  }
  return directive;
}

/** Number of changes from one goroutine to another; jumps of the clock are not counted. */
export function contextSwitches(steps: readonly Step[]): number {
  const goroutines = steps.filter(({ g }) => g !== '0');
  return goroutines.filter(({ g }, index) => index > 0 && goroutines[index - 1]!.g !== g).length;
}

/**
 * Context switches away from a goroutine that could have gone on. `blocks(index)` says whether the goroutine of that
 * step could not go on after it; without it every goroutine that takes a later step counts as able to, which is an
 * upper bound.
 */
export function preemptions(steps: readonly Step[], blocks?: (index: number) => boolean): number {
  const last = new Map(steps.map(({ g }, index) => [g, index]));
  return steps.filter(({ g }, index) => {
    const next = steps[index + 1];
    if (next === undefined || g === '0' || next.g === g) return false;
    return blocks ? !blocks(index) : last.get(g)! > index;
  }).length;
}

type Size = Pick<Schedule, 'preemptions' | 'steps'>;

/** Fewer preemptions, then fewer steps: a person has to read it. */
export function isSmaller(a: Size, b: Size): boolean {
  return a.preemptions === b.preemptions ? a.steps.length < b.steps.length : a.preemptions < b.preemptions;
}

/** One switch or one select choice. */
export type DirectiveItem =
  | { type: 'switch'; value: Directive['switches'][number] }
  | { type: 'case'; value: Directive['cases'][number] };

export const itemsOf = ({ switches, cases }: Directive): DirectiveItem[] => [
  ...switches.map((value): DirectiveItem => ({ type: 'switch', value })),
  ...cases.map((value): DirectiveItem => ({ type: 'case', value })),
];

export function directiveFrom(items: readonly DirectiveItem[]): Directive {
  const directive: Directive = { switches: [], cases: [] };
  for (const item of items) {
    if (item.type === 'switch') directive.switches.push(item.value);
    else directive.cases.push(item.value);
  }
  return directive;
}

/**
 * ddmin as a state machine: yields round after round of candidates, is told the number of the first of them that still
 * fails (-1: none does), and returns a list from which no single item can be taken away. The caller has seen the whole
 * list fail. At most n² + 3n candidates for n items.
 */
export function* ddmin<T>(items: readonly T[]): Generator<Iterable<readonly T[]>, readonly T[], number> {
  if (items.length > 0 && (yield [[]]) === 0) return [];
  let current = items;
  let granularity = 2;
  while (current.length >= 2) {
    const chunks = chunksOf(current, granularity);
    const first = yield withComplements(chunks);
    if (first >= chunks.length) {
      current = complement(chunks, first - chunks.length);
      granularity = Math.max(granularity - 1, 2);
    } else if (first >= 0) {
      current = chunks[first]!;
      granularity = 2;
    } else if (granularity >= current.length) break;
    else granularity = Math.min(current.length, granularity * 2);
  }
  return current;
}

function* withComplements<T>(chunks: readonly (readonly T[])[]): Generator<readonly T[]> {
  yield* chunks;
  // With two chunks the complements are the chunks.
  if (chunks.length > 2) for (const at of chunks.keys()) yield complement(chunks, at);
}

const complement = <T>(chunks: readonly (readonly T[])[], at: number): readonly T[] =>
  chunks.flatMap((chunk, index) => (index === at ? [] : chunk));

function chunksOf<T>(items: readonly T[], count: number): (readonly T[])[] {
  return Array.from({ length: count }, (_, index) =>
    items.slice(Math.floor((index * items.length) / count), Math.floor(((index + 1) * items.length) / count)),
  );
}

export interface Shortened {
  /** The smallest directive that still fails; the one given when it did not fail itself. */
  directive: Directive;
  /** The directive given failed at all. */
  reproduced: boolean;
  /** No single item can be taken away; false when the budget ran out before that was known. */
  minimal: boolean;
  /** Candidates tried. */
  tests: number;
}

/**
 * Candidates that may have fewer preemptions: a switch that waits until its goroutine cannot go on, with or without the
 * next switch; two switches fewer at once.
 */
export function* calmer({ switches, cases }: Directive): Generator<Directive> {
  const from = (kept: (Directive['switches'][number] | undefined)[]): Directive => ({
    switches: kept.filter((one) => one !== undefined),
    cases,
  });
  for (const [at, one] of switches.entries()) {
    if (at + 1 < switches.length) yield from(switches.filter((_, index) => index !== at && index !== at + 1));
    if (one.later || one.from === '0') continue;
    const put = switches.map((other, index) => (index === at ? { ...one, later: true as const } : other));
    yield from(put);
    if (at + 1 < switches.length) yield from(put.filter((_, index) => index !== at + 1));
  }
}

/**
 * Takes the first calmer candidate that still shows the bug with fewer preemptions, as `test` says, and goes on from
 * there until none does or so many were tried.
 */
export async function calm(
  directive: Directive,
  test: (candidates: readonly Directive[]) => Promise<number>,
  budget: number,
): Promise<Directive> {
  let current = directive;
  for (let left = budget; left > 0; ) {
    const candidates = [...calmer(current)].slice(0, left);
    const first = candidates.length > 0 ? await test(candidates) : -1;
    if (first < 0) return current;
    current = candidates[first]!;
    left -= first + 1;
  }
  return current;
}

/**
 * `test` is given candidates and says which is the first that still shows the bug: its index, -1 when none does.
 * `budget` bounds the number of candidates it is given, not counting those behind the first.
 */
export async function shorten(
  directive: Directive,
  test: (candidates: readonly Directive[]) => Promise<number>,
  budget: number,
): Promise<Shortened> {
  if (budget < 1 || (await test([directive])) < 0) {
    return { directive, reproduced: false, minimal: false, tests: Math.min(1, Math.max(0, budget)) };
  }
  const { left, minimal, tests } = await reduce(itemsOf(directive), directiveFrom, test, budget - 1);
  return { directive: directiveFrom(left), reproduced: true, minimal, tests: tests + 1 };
}

/** Takes items away as long as what is made of those that are left passes the test: ddmin within a budget of candidates. */
export async function reduce<Item, Made>(
  items: readonly Item[],
  make: (items: readonly Item[]) => Made,
  test: (candidates: readonly Made[]) => Promise<number>,
  budget: number,
): Promise<{ left: readonly Item[] /** No single item can be taken away. */; minimal: boolean; tests: number }> {
  /** Tried without success. */
  const known = new Set<string>();
  const search = ddmin(items);
  let left = items;
  let tests = 0;
  let turn = search.next();
  while (!turn.done) {
    const { fresh, whole } = freshOf(turn.value, make, known, budget - tests);
    const first = fresh.length > 0 ? await test(fresh.map(({ candidate }) => candidate)) : -1;
    const found = fresh[first];
    for (const { key } of fresh.slice(0, found ? first : undefined)) known.add(key);
    tests += found ? first + 1 : fresh.length;
    if (found) left = found.items;
    else if (!whole) return { left, minimal: false, tests };
    turn = search.next(found ? found.number : -1);
  }
  return { left: turn.value, minimal: true, tests };
}

interface Candidate<Item, Made> {
  candidate: Made;
  items: readonly Item[];
  key: string;
  /** In its round. */
  number: number;
}

/** Candidates of a round that have not been tried, `most` at most; `whole` when these are all. */
function freshOf<Item, Made>(
  round: Iterable<readonly Item[]>,
  make: (items: readonly Item[]) => Made,
  known: ReadonlySet<string>,
  most: number,
) {
  const fresh: Candidate<Item, Made>[] = [];
  let number = 0;
  for (const items of round) {
    const candidate = make(items);
    const key = JSON.stringify(candidate);
    if (!known.has(key)) {
      if (fresh.length === most) return { fresh, whole: false };
      fresh.push({ candidate, items, key, number });
    }
    number++;
  }
  return { fresh, whole: true };
}
