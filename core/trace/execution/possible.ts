/** Whether an execution can have happened: what is cut, shuffled or made of two breaks a rule of locks or threads. */
import { ACQUIRE, ENTER_AGAIN, FORK, JOIN, LEAVE_AGAIN, READ_ACQUIRE, READ_RELEASE, RELEASE } from './actions';
import { ABSENT, type ExecutionNames } from './execution';

const line = (source: number): string => `line ${source + 1}`;

/**
 * Follows locks and threads. Go's rules where they are the wider ones: a lock may be released by another thread than
 * the one that took it. And Java's: the holder may take a lock again, which then is no acquire.
 */
export class Possible {
  private readonly owner: number[] = [];
  private readonly depth: number[] = [];
  private readonly since: number[] = [];
  private readonly readers: Map<number, number>[] = [];
  private readonly firstOf: number[] = [];
  private readonly forkedAt: number[] = [];
  private readonly joinedAt: number[] = [];
  /** Some lock was released by another thread than the one that took it. */
  handedOver = false;

  constructor(private readonly names: ExecutionNames) {}

  /** What is wrong with the event, in words; the action as it is to be taken otherwise. */
  take(action: number, thread: number, target: number, source: number): number | string {
    this.firstOf[thread] ??= source;
    if (this.joinedAt[thread] !== undefined) {
      return `${this.thread(thread)} goes on after it was joined in ${line(this.joinedAt[thread])}`;
    }
    switch (action) {
      case ACQUIRE:
        return this.acquire(thread, target, source);
      case RELEASE:
        return this.release(thread, target);
      case READ_ACQUIRE:
        return this.readAcquire(thread, target, source);
      case READ_RELEASE:
        return this.readRelease(thread, target);
      case FORK:
        return this.fork(thread, target, source);
      case JOIN:
        if (target === thread) return `${this.thread(thread)} joins itself`;
        this.joinedAt[target] = source;
        return action;
      default:
        return action;
    }
  }

  private thread = (index: number): string => this.names.threads[index] ?? `thread ${index}`;
  private lock = (index: number): string => this.names.locks[index] ?? `lock ${index}`;

  private held(lock: number): string | undefined {
    const owner = this.owner[lock] ?? ABSENT;
    if (owner !== ABSENT) return `${this.thread(owner)} holds since ${line(this.since[lock]!)}`;
    const [reader] = this.readers[lock] ?? [];
    return reader && `${this.thread(reader[0])} holds for reading since ${line(this.since[lock]!)}`;
  }

  private acquire(thread: number, lock: number, source: number): number | string {
    if (this.owner[lock] === thread) {
      this.depth[lock]!++;
      return ENTER_AGAIN;
    }
    const held = this.held(lock);
    if (held !== undefined) return `${this.thread(thread)} acquires ${this.lock(lock)}, which ${held}`;
    this.owner[lock] = thread;
    this.depth[lock] = 1;
    this.since[lock] = source;
    return ACQUIRE;
  }

  private release(thread: number, lock: number): number | string {
    const owner = this.owner[lock] ?? ABSENT;
    if (owner === ABSENT) return `${this.thread(thread)} releases ${this.lock(lock)}, which nobody holds`;
    if (--this.depth[lock]! > 0) return LEAVE_AGAIN;
    if (owner !== thread) this.handedOver = true;
    this.owner[lock] = ABSENT;
    return RELEASE;
  }

  private readAcquire(thread: number, lock: number, source: number): number | string {
    const owner = this.owner[lock] ?? ABSENT;
    if (owner !== ABSENT) {
      return `${this.thread(thread)} acquires ${this.lock(lock)} for reading, which ${this.held(lock)}`;
    }
    const readers = this.readers[lock] ?? new Map<number, number>();
    this.readers[lock] = readers;
    if (readers.size === 0) this.since[lock] = source;
    readers.set(thread, (readers.get(thread) ?? 0) + 1);
    return READ_ACQUIRE;
  }

  private readRelease(thread: number, lock: number): number | string {
    const readers = this.readers[lock];
    const reader = readers?.has(thread) ? thread : readers?.keys().next().value;
    if (!readers || reader === undefined) {
      return `${this.thread(thread)} releases ${this.lock(lock)} for reading, which nobody reads`;
    }
    if (reader !== thread) this.handedOver = true;
    const left = readers.get(reader)! - 1;
    if (left === 0) readers.delete(reader);
    else readers.set(reader, left);
    return READ_RELEASE;
  }

  private fork(thread: number, child: number, source: number): number | string {
    if (this.forkedAt[child] !== undefined) {
      return `${this.thread(thread)} forks ${this.thread(child)}, which was forked in ${line(this.forkedAt[child])}`;
    }
    if (this.firstOf[child] !== undefined) {
      return `${this.thread(thread)} forks ${this.thread(child)}, which runs since ${line(this.firstOf[child])}`;
    }
    this.forkedAt[child] = source;
    return FORK;
  }
}
