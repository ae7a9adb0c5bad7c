/**
 * Cycles of waits that are not all for locks: for a message, a join, a WaitGroup, a signal, room in a channel, or to read
 * behind a writer. Each member waits for what only the next one can give: a lock that it holds, or something that it does
 * behind the place where it is stuck itself. In the execution it came in time; in a reordering it may come too late.
 */
import { ACQUIRE, JOIN, READ_ACQUIRE, takesLock, WAIT } from '../../trace/execution/actions';
import { ABSENT, type Execution } from '../../trace/execution/execution';
import { listOf } from '../../trace/execution/lists';
import { type AllClocks, allClocks } from '../relations/all-clocks';
import { PWR } from '../relations/rules';
import { holdersOf, type Visit, type WaitingPlace, waitingPlaces } from './waits';

/** How a member depends on the next one. */
export type Dependence =
  /** It asks for a lock that the next one holds. */
  | 'lock'
  /** It asks for a lock to read, and the next one waits to write: Go lets no reader past a writer who waits. */
  | 'writer'
  /** It waits for something that the next one does later. */
  | 'event';

export interface Member {
  event: number;
  held: WaitingPlace['held'];
  dependence: Dependence;
}

export interface MixedCycle {
  members: Member[];
  /** Nobody else could end one of the waits. */
  certain: boolean;
}

/** Longer cycles, and more of them, are not looked for. */
const MAX_LENGTH = 5;
const MAX_FOUND = 200;
const MAX_STEPS = 200_000;
/** Combinations of visits that are tried for one cycle of places. */
const MAX_TRIES = 400;

interface Link {
  place: WaitingPlace;
  dependence: Dependence;
}

/** One for each cycle of threads and of what they wait for. */
export function mixedCycles(execution: Execution): MixedCycle[] {
  const places = waitingPlaces(execution);
  const search = new Search(places, allClocks(execution, PWR));
  return search.run();
}

class Search {
  private readonly holders: Map<number, WaitingPlace[]>;
  private readonly byThread = new Map<number, WaitingPlace[]>();
  private readonly writers = new Map<number, WaitingPlace[]>();
  private readonly found = new Map<string, MixedCycle>();
  private readonly chain: Link[] = [];
  private steps = 0;

  constructor(
    private readonly places: readonly WaitingPlace[],
    private readonly order: AllClocks,
  ) {
    this.holders = holdersOf(places);
    for (const place of places) {
      listOf(this.byThread, place.thread).push(place);
      if (place.action === ACQUIRE) listOf(this.writers, place.target).push(place);
    }
  }

  run(): MixedCycle[] {
    for (const place of this.places) {
      this.chain.push({ place, dependence: 'lock' });
      this.extend(place);
      this.chain.pop();
    }
    return [...this.found.values()];
  }

  private extend(first: WaitingPlace): void {
    const link = this.chain[this.chain.length - 1]!;
    for (const { place, dependence } of this.nextOf(link.place)) {
      if (++this.steps > MAX_STEPS || this.found.size >= MAX_FOUND) return;
      link.dependence = dependence;
      if (place === first) {
        if (this.chain.length > 1) this.close();
        continue;
      }
      // Each cycle is told from its lowest thread.
      if (place.thread <= first.thread || this.chain.length === MAX_LENGTH) continue;
      if (this.chain.some((other) => other.place.thread === place.thread || exclude(other.place, place))) continue;
      this.chain.push({ place, dependence: 'lock' });
      this.extend(first);
      this.chain.pop();
    }
  }

  /** Whom it may wait for. */
  private *nextOf({ thread, action, target, visits }: WaitingPlace): Generator<Link> {
    if (takesLock(action)) {
      for (const place of this.holders.get(target) ?? []) {
        const keeps = place.held.some(({ lock, shared }) => lock === target && !(shared && action === READ_ACQUIRE));
        if (place.thread !== thread && keeps) yield { place, dependence: 'lock' };
      }
      if (action !== READ_ACQUIRE) return;
      for (const place of this.writers.get(target) ?? [])
        if (place.thread !== thread) yield { place, dependence: 'writer' };
      return;
    }
    const partners = new Map<number, number>();
    for (const visit of visits) {
      for (const [by, event] of visit.partners) partners.set(by, Math.max(event, partners.get(by) ?? ABSENT));
    }
    for (const [by, event] of partners) {
      for (const place of this.byThread.get(by) ?? []) {
        if (by !== thread && place.visits[0]!.event < event) yield { place, dependence: 'event' };
      }
    }
  }

  private close(): void {
    const { chain } = this;
    // Those of locks alone are found elsewhere.
    if (chain.every(({ dependence }) => dependence === 'lock')) return;
    const key = chain.map(({ place: { thread, action, target } }) => `${thread} ${action} ${target}`).join();
    if (this.found.has(key)) return;
    const visits = this.visitsOf(chain);
    if (!visits) return;
    const members = chain.map(({ place, dependence }, at) => ({
      event: visits[at]!.event,
      held: place.held,
      dependence,
    }));
    const certain = chain.every(({ place: { action } }) => takesLock(action) || action === JOIN || action === WAIT);
    this.found.set(key, { members, certain });
  }

  /** One visit of each place, so that none comes before another is reached, and each is in time for what it needs. */
  private visitsOf(chain: readonly Link[]): Visit[] | undefined {
    let tries = 0;
    const chosen: Visit[] = [];
    const choose = (): boolean => {
      const at = chosen.length;
      if (at === chain.length) return this.isStuck(chain, chosen, at - 1);
      for (const visit of chain[at]!.place.visits) {
        if (++tries > MAX_TRIES) return false;
        if (chosen.some((other) => this.isBefore(visit, other) || this.isBefore(other, visit))) continue;
        chosen.push(visit);
        if ((at === 0 || this.isStuck(chain, chosen, at - 1)) && choose()) return true;
        chosen.pop();
      }
      return false;
    };
    return choose() ? chosen : undefined;
  }

  /** What the one at the index waits for comes behind the visit of the next one. */
  private isStuck(chain: readonly Link[], chosen: readonly Visit[], at: number): boolean {
    if (chain[at]!.dependence !== 'event') return true;
    const next = (at + 1) % chain.length;
    return chosen[next]!.event < (chosen[at]!.partners.get(chain[next]!.place.thread) ?? ABSENT);
  }

  /** Whoever is at the other has been past the visit. */
  private isBefore({ event }: Visit, { before }: Visit): boolean {
    return before !== ABSENT && this.order.isBefore(event, before);
  }
}

/** Both cannot be where they are: a lock keeps them apart. */
const exclude = ({ held }: WaitingPlace, other: WaitingPlace): boolean =>
  held.some((one) => other.held.some(({ lock, shared }) => lock === one.lock && !(shared && one.shared)));
