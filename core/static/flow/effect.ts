/** Reads, writes, sends and closes of a function, its callees and the goroutines that it starts. */
import type { Access, Op, Place } from './operations';

export interface Effect {
  /** In the words of the function that was asked. */
  place: Place;
  write: boolean;
  access: Access;
  op: Op;
  /** Locks held on every path there; of those that have no name in this function only the owner is known. */
  held: readonly { place: Place | undefined; owner: string }[];
  /** Its goroutine has waited for another before. */
  ordered: boolean;
  /** Calls between the function that was asked and the access. */
  depth: number;
}

export interface Spawned extends Effect {
  /** In the function that was asked: the go statement, or the call that leads there. */
  at: Op;
  /** Several goroutines do it. */
  several: boolean;
  /** What is called waits for them before it returns. */
  joined?: boolean;
  /** Calls between the function that was asked and the go statement. */
  up: number;
}

export interface Effects {
  own: readonly Effect[];
  /** By goroutines that nobody waits for before the function returns. */
  spawned: readonly Spawned[];
}
