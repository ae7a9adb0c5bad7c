/**
 * How one learns from another. Whoever knows c of g knows also all that g knew when it passed c on; most joins are
 * decided by that alone, without a look at what is known of all the others, as in Mathur, Pavlogiannis, Tunç &
 * Viswanathan, "A Tree Clock Data Structure for Causal Orderings in Concurrent Executions", ASPLOS 2022. The rest is
 * joined where it differs (clock.ts).
 */
import { ABSENT } from '../../trace/trace';
import { type Clock, Clocks } from './clock';

interface Source {
  goroutine: number;
  epoch: number;
}

/** What a goroutine knows, now or when it passed it on. */
export interface Knowledge {
  /** Whose; ABSENT for a mixture. */
  goroutine: number;
  /** Its own epoch. */
  epoch: number;
  /** What it knows of the others. What this says of itself does not count. */
  clock: Clock | undefined;
  /** Its epoch when it last learned something: who knows that of it knows all of `clock`. */
  learnedAt: number;
  /** Whom it has learned `clock` from: who knows these epochs knows all of `clock` too. Undefined: from too many. */
  sources: readonly Source[] | undefined;
}

const MAX_SOURCES = 4;

/** Over a fixed number of goroutines. */
export class Learning {
  private readonly clocks: Clocks;

  constructor(goroutines: number) {
    this.clocks = new Clocks(goroutines);
  }

  /** Nodes of clocks visited until now. */
  get work(): number {
    return this.clocks.work;
  }

  newborn(goroutine: number): Knowledge {
    return { goroutine, epoch: 1, clock: undefined, learnedAt: 1, sources: [] };
  }

  /** How much one knows of a goroutine. */
  knows(one: Knowledge, goroutine: number): number {
    return goroutine === one.goroutine ? one.epoch : this.clocks.get(one.clock, goroutine);
  }

  /** Whether one knows all that has been told. Certain only when true. */
  contains(one: Knowledge, told: Knowledge): boolean {
    return told.goroutine !== ABSENT && this.knows(one, told.goroutine) >= told.epoch;
  }

  /** Whether one knows what the other has learned, apart from its own epoch. Certain only when true. */
  private containsLearned(one: Knowledge, other: Knowledge): boolean {
    if (other.goroutine !== ABSENT && this.knows(one, other.goroutine) >= other.learnedAt) return true;
    return other.sources?.every(({ goroutine, epoch }) => this.knows(one, goroutine) >= epoch) ?? false;
  }

  /** Takes in what was told. */
  learn(own: Knowledge, told: Knowledge): void {
    const { goroutine, epoch } = told;
    if ((goroutine !== ABSENT && goroutine === own.goroutine) || this.contains(own, told)) return;
    const source = goroutine === ABSENT ? undefined : { goroutine, epoch };
    const raised = (clock: Clock | undefined): Clock | undefined =>
      source ? this.clocks.raise(clock, goroutine, epoch) : clock;
    let sources: readonly Source[] | undefined;
    if (this.containsLearned(told, own)) {
      own.clock = raised(told.clock);
      sources = source && [source];
    } else {
      const known = this.containsLearned(own, told);
      const clock = raised(known ? own.clock : this.clocks.join(own.clock, told.clock));
      if (clock === own.clock) return;
      own.clock = clock;
      sources = source && own.sources && [...own.sources, source];
    }
    own.sources = sources && sources.length <= MAX_SOURCES ? sources : undefined;
    own.learnedAt = own.epoch;
  }

  /** All that has been told, of any number: the newest first, because as a rule it knows most of the others. */
  mixture(told: Iterable<Knowledge>): Knowledge {
    const mixed: Knowledge = { ...this.newborn(ABSENT), epoch: 0 };
    for (const one of told) this.learn(mixed, one);
    return mixed;
  }
}
