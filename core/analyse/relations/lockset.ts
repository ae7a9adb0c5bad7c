/**
 * Eraser: Savage, Burrows, Nelson, Sobalvarro & Anderson, "Eraser: A Dynamic Data Race Detector for Multithreaded
 * Programs", TOCS 1997. Each variable is to be protected by some lock: the set of locks that were held at all accesses
 * since a second thread came must not get empty. What fork, join and channels order it does not see.
 */
import {
  ACQUIRE,
  changes,
  isAccess,
  isAtomic,
  READ_ACQUIRE,
  READ_RELEASE,
  RELEASE,
} from '../../trace/execution/actions';
import { ABSENT, type EventSink } from '../../trace/execution/execution';
import type { OnPair } from './accesses';
import { type HandOvers, HeldLocks } from './held-locks';

interface Variable {
  /** The only thread until now, ABSENT when there are several. */
  owner: number;
  /** Candidate locks; undefined while one thread owns the variable. */
  locks: readonly number[] | undefined;
  modified: boolean;
  told: boolean;
  /** The last access, and the last by another thread than that. */
  last: number;
  by: number;
  other: number;
}

export class LockSetSearch implements EventSink {
  private readonly held: HeldLocks;
  private readonly variables: (Variable | undefined)[] = [];
  private count = 0;

  constructor(
    private readonly onPair: OnPair,
    handOvers?: HandOvers,
  ) {
    this.held = new HeldLocks(handOvers);
  }

  event(action: number, thread: number, target: number): void {
    const event = this.count++;
    switch (action) {
      case ACQUIRE:
      case READ_ACQUIRE:
        this.held.acquire(thread, target, action === READ_ACQUIRE, event, 0);
        break;
      case RELEASE:
      case READ_RELEASE:
        this.held.release(thread, target, action === READ_RELEASE, event);
        break;
      default:
        if (isAccess(action) && !isAtomic(action)) this.access(changes(action), thread, target, event);
    }
  }

  private access(writes: boolean, thread: number, target: number, event: number): void {
    const fresh = {
      owner: thread,
      locks: undefined,
      modified: false,
      told: false,
      last: event,
      by: thread,
      other: ABSENT,
    };
    const variable = this.variables[target] ?? fresh;
    this.variables[target] = variable;
    if (variable.by !== thread) variable.other = variable.last;
    variable.last = event;
    variable.by = thread;
    if (variable.owner === thread) return;
    // A shared lock protects what is only read under it.
    const held = this.held.of(thread).filter(({ shared }) => !(writes && shared));
    variable.owner = ABSENT;
    variable.modified ||= writes;
    const locks = variable.locks ?? held.map(({ lock }) => lock);
    variable.locks = locks.filter((lock) => held.some((it) => it.lock === lock));
    if (!variable.modified || variable.locks.length > 0 || variable.told) return;
    variable.told = true;
    this.onPair(variable.other, event, target);
  }
}
