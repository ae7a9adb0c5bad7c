/** Races, by each of the relations. */
import { type Execution, feed, targetName } from '../../trace/execution/execution';
import { accessSets } from '../relations/access-sets';
import type { OnPair } from '../relations/accesses';
import { handOvers } from '../relations/held-locks';
import { LockSetSearch } from '../relations/lockset';
import { optionsFor, type Pair, RaceSearch, racesBy } from '../relations/races';
import { HB, PWR, SHB } from '../relations/rules';
import { syncPreservingRaces } from '../reorder/sync-preserving';
import type { Prediction, Subject } from './prediction';
import { witnessed } from './witnessed';

function predicted(execution: Execution, { first, second }: Pair, reason: string, sound: boolean): Prediction {
  const name = targetName(execution, second);
  return { kind: 'data-race', sound, events: [first, second], reasons: [`Both access ${name}.`, reason] };
}

/** The first race by happens-before is one; what comes later may only be possible because of it. */
function byHappensBefore(execution: Execution, pairs: readonly Pair[]): Prediction[] {
  return pairs.map((pair, at) => predicted(execution, pair, 'Happens-before does not order them.', at === 0));
}

export const hb = ({ execution }: Subject): Prediction[] => byHappensBefore(execution, racesBy(HB, execution));

export function hbSets({ execution }: Subject): Prediction[] {
  const pairs: Pair[] = [];
  const onPair: OnPair = (first, second, variable) => pairs.push({ first, second, variable });
  feed(execution, new RaceSearch(HB, accessSets(execution), onPair, optionsFor(execution)));
  return byHappensBefore(execution, pairs);
}

export const shb = ({ execution }: Subject): Prediction[] =>
  racesBy(SHB, execution).map((pair) =>
    predicted(execution, pair, 'Neither happens-before nor what was read orders them.', true),
  );

/** Candidates: sound are those that some correct reordering puts side by side. */
export function pwr(subject: Subject): Prediction[] {
  const { execution } = subject;
  const reason = 'Neither what was read nor release order orders them, and no lock keeps them apart.';
  const candidates = racesBy(PWR, execution).map((pair) => predicted(execution, pair, reason, false));
  return witnessed(subject, candidates);
}

export const syncPreserving = ({ execution }: Subject): Prediction[] =>
  syncPreservingRaces(execution).map(({ first, second, witness }) => ({
    ...predicted(
      execution,
      { first, second, variable: 0 },
      'They meet also where all critical sections keep their order.',
      true,
    ),
    witness,
  }));

export function lockset({ execution }: Subject): Prediction[] {
  const found: Prediction[] = [];
  const onPair: OnPair = (first, second, variable) =>
    found.push(predicted(execution, { first, second, variable }, 'No lock was held at all its accesses.', false));
  feed(execution, new LockSetSearch(onPair, handOvers(execution)));
  return found;
}
