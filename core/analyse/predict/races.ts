/** Races, by each of the relations. */
import { type ExecutionNames, feed } from '../../trace/execution/execution';
import { accessSets } from '../relations/access-sets';
import { LockSetSearch } from '../relations/lockset';
import { optionsFor, type Pair, RaceSearch, raceSearch } from '../relations/races';
import { HB, PWR, type Rules, SHB } from '../relations/rules';
import type { OrderOptions } from '../relations/synchronisation';
import { syncPreservingRaces } from '../reorder/sync-preserving';
import type { Prediction, Stream, Subject } from './prediction';
import { witnessed } from './witnessed';

/** Told of pairs; keeps the first ones and counts the others. */
class Pairs {
  readonly kept: Pair[] = [];
  total = 0;

  constructor(private readonly most: number) {}

  readonly add = (first: number, second: number, variable: number): void => {
    if (this.total++ < this.most) this.kept.push({ first, second, variable });
  };
}

function predicted({ variables }: ExecutionNames, pair: Pair, reason: string, sound: boolean): Prediction {
  const { first, second, variable } = pair;
  const reasons = [`Both access ${variables[variable] ?? `variable ${variable}`}.`, reason];
  return { kind: 'data-race', sound, events: [first, second], reasons };
}

/** The first race by happens-before is one; what comes later may only be possible because of it. */
const byHappensBefore = (names: ExecutionNames, { kept }: Pairs): Prediction[] =>
  kept.map((pair, at) => predicted(names, pair, 'Happens-before does not order them.', at === 0));

const byRelation =
  (rules: Rules, told: (names: ExecutionNames, pairs: Pairs) => Prediction[]) =>
  (options: OrderOptions, most: number): Stream => {
    const pairs = new Pairs(most);
    return {
      sink: raceSearch(rules, pairs.add, options),
      predictions: (names) => told(names, pairs),
      total: () => pairs.total,
    };
  };

export const hbStream = byRelation(HB, byHappensBefore);

export const shbStream = byRelation(SHB, (names, { kept }) =>
  kept.map((pair) => predicted(names, pair, 'Neither happens-before nor what was read orders them.', true)),
);

/** Candidates: sound are those that some correct reordering puts side by side. */
export const pwrStream = byRelation(PWR, (names, { kept }) => {
  const reason = 'Neither what was read nor release order orders them, and no lock keeps them apart.';
  return kept.map((pair) => predicted(names, pair, reason, false));
});

export function lockSetStream({ handOvers: known }: OrderOptions, most: number): Stream {
  const pairs = new Pairs(most);
  return {
    sink: new LockSetSearch(pairs.add, known),
    predictions: (names) =>
      pairs.kept.map((pair) => predicted(names, pair, 'No lock was held at all its accesses.', false)),
    total: () => pairs.total,
  };
}

export const inMemory =
  (make: (options: OrderOptions, most: number) => Stream) =>
  ({ execution }: Subject): Prediction[] => {
    const stream = make(optionsFor(execution), Number.POSITIVE_INFINITY);
    feed(execution, stream.sink);
    return stream.predictions(execution.names);
  };

export function hbSets({ execution }: Subject): Prediction[] {
  const pairs = new Pairs(Number.POSITIVE_INFINITY);
  feed(execution, new RaceSearch(HB, accessSets(execution), pairs.add, optionsFor(execution)));
  return byHappensBefore(execution.names, pairs);
}

export const pwr = (subject: Subject): Prediction[] => witnessed(subject, inMemory(pwrStream)(subject));

export const syncPreserving = ({ execution }: Subject): Prediction[] =>
  syncPreservingRaces(execution).map(({ first, second, witness }) => ({
    ...predicted(
      execution.names,
      { first, second, variable: execution.target[second]! },
      'They meet also where all critical sections keep their order.',
      true,
    ),
    witness,
  }));

export const lockset = inMemory(lockSetStream);
