/** Races of reorderings that keep the order of critical sections (see ideal.ts). Sound, and found in linear time for each pair of threads. */
import { changes, isAccess, isAtomic } from '../../trace/execution/actions';
import type { Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { allClocks } from '../relations/all-clocks';
import { racesBy } from '../relations/races';
import { KEPT, PWR } from '../relations/rules';
import { type Facts, factsOf } from './facts';
import { type Before, Ideal, Locks } from './ideal';
import { enabledAfter } from './machine';

export interface SoundRace {
  first: number;
  second: number;
  /** Events after which both can come, in order. */
  witness: number[];
}

/** For each access that races with an earlier one of another thread in this way, one pair for each such thread. */
export function syncPreservingRaces(execution: Execution): SoundRace[] {
  // Whatever races so is a candidate by PWR, which is found much faster.
  const candidates = new Set(racesBy(PWR, execution).map(({ second }) => second));
  if (candidates.size === 0) return [];
  const search = new Search(execution);
  const byVariable = new Map<number, number[]>();
  for (let event = 0; event < execution.count; event++) {
    if (isAccess(execution.action[event]!)) listOf(byVariable, execution.target[event]!).push(event);
  }
  const variables = new Set([...candidates].map((event) => execution.target[event]!));
  const found = [...variables].flatMap((variable) => search.among(byVariable.get(variable)!, candidates));
  return found.sort((a, b) => a.second - b.second || a.first - b.first);
}

class Search {
  private readonly facts: Facts;
  private readonly before: Before;
  private readonly locks: Locks;

  constructor(private readonly execution: Execution) {
    this.facts = factsOf(execution);
    this.before = allClocks(execution, KEPT);
    this.locks = new Locks(this.facts);
  }

  /** `accesses` of one variable, in order. */
  among(accesses: readonly number[], candidates: ReadonlySet<number>): SoundRace[] {
    const { action, thread } = this.execution;
    const groups = new Map<string, number[]>();
    for (const event of accesses) listOf(groups, `${thread[event]} ${action[event]}`).push(event);
    const found: SoundRace[] = [];
    for (const seconds of groups.values()) {
      const racing = seconds.filter((event) => candidates.has(event));
      if (racing.length === 0) continue;
      const told = new Set<string>();
      for (const firsts of groups.values()) {
        if (!this.conflict(firsts[0]!, racing[0]!)) continue;
        for (const race of this.between(firsts, racing)) {
          const key = `${race.second} ${thread[race.first]}`;
          if (!told.has(key)) found.push(race);
          told.add(key);
        }
      }
    }
    return found;
  }

  private conflict(one: number, other: number): boolean {
    const { action, thread } = this.execution;
    const [a, b] = [action[one]!, action[other]!];
    return thread[one] !== thread[other] && (changes(a) || changes(b)) && !(isAtomic(a) && isAtomic(b));
  }

  /** Both lists are of one thread each, in order; what one ideal has in it, the later ones have too. */
  private *between(firsts: readonly number[], seconds: readonly number[]): Generator<SoundRace> {
    const ideal = new Ideal(this.facts, this.before, this.locks);
    let at = 0;
    for (const second of seconds) {
      ideal.addBefore(second);
      ideal.close();
      for (; at < firsts.length && firsts[at]! < second && !ideal.impossible; at++) {
        const first = firsts[at]!;
        if (ideal.has(first)) continue;
        ideal.addBefore(first);
        ideal.close();
        if (ideal.impossible || ideal.has(second)) break;
        if (ideal.has(first)) continue;
        const witness = ideal.events();
        // Wait groups and notes are not in the theory; the machine knows them.
        if (enabledAfter(this.facts, witness, [first, second])) yield { first, second, witness };
        break;
      }
      if (ideal.impossible) return;
    }
  }
}
