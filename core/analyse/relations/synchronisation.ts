/**
 * What each action has to do with other threads, whatever clocks are kept: who tells what, and who hears of it.
 * Implemented with counted clocks and sets (order.ts) and with tree clocks (tree-order.ts).
 */
import {
  ACQUIRE,
  ADD,
  CLOSE,
  FORK,
  HEAR,
  isAccess,
  JOIN,
  LEAVE_NOTE,
  READ_ACQUIRE,
  READ_RELEASE,
  RECEIVE,
  RECEIVE_CLOSED,
  RELEASE,
  SEND,
  TAKE_NOTES,
  TELL,
  WAIT,
} from '../../trace/execution/actions';
import { type EventSink, UNBOUNDED } from '../../trace/execution/execution';
import type { HandOvers } from './held-locks';
import type { VariableRows } from './variable-rows';

export interface OrderOptions {
  /** Number of threads, where it is known: clocks get room for them at once. */
  threads?: number;
  /** Capacity of each channel: the receive that makes room comes before the send that takes it. */
  capacities?: readonly number[];
  /** Channels on which one thread sends: room is made in the same order in every reordering. */
  singleSender?: ReadonlySet<number>;
  handOvers?: HandOvers;
  /** Where the newest write of each variable is kept, beside what others keep of it. */
  variables?: VariableRows;
  /** Told of accesses when what comes before them is known, except by reading. True: that tells nothing new. */
  onAccess?: (action: number, thread: number, variable: number, event: number, time: number) => boolean;
  /** Told of every event that some other thread may learn of, itself and all before it: a thread and its time. */
  onTold?: (thread: number, time: number) => void;
}

/** Where what a thread tells is kept. Of `newest` only the last counts, of `all` each one. */
export const NEWEST = ['message', 'close'] as const;
export const ALL = ['group', 'object'] as const;
export const NUMBERED = ['send', 'receive'] as const;
type Newest = (typeof NEWEST)[number];
type All = (typeof ALL)[number];
type Numbered = (typeof NUMBERED)[number];

export abstract class Synchronisation implements EventSink {
  /** The event that is taken in: its thread, which of its thread it is, from 1, and its index. */
  protected thread = 0;
  protected time = 0;
  protected index = -1;

  constructor(protected readonly options: OrderOptions) {}

  event(action: number, thread: number, target: number, detail: number): void {
    this.thread = thread;
    this.index++;
    this.begin();
    if (isAccess(action)) this.access(action, target);
    else this.synchronise(action, target, detail);
    this.end();
  }

  /** Sets the time. */
  protected abstract begin(): void;
  protected abstract end(): void;
  protected abstract access(action: number, variable: number): void;
  protected abstract fork(child: number): void;
  protected abstract joinThread(child: number): void;
  protected abstract acquire(lock: number, shared: boolean): void;
  protected abstract release(lock: number, shared: boolean): void;
  protected abstract tell(kind: Newest, target: number): void;
  protected abstract hear(kind: Newest, target: number): void;
  protected abstract note(kind: All, target: number): void;
  protected abstract takeNotes(kind: All, target: number): void;
  /** Each number is told once and heard once. */
  protected abstract tellNumber(kind: Numbered, channel: number, number: number): void;
  protected abstract hearNumber(kind: Numbered, channel: number, number: number): void;
  /** Does a send learn from the receive that made room for it? */
  protected abstract roomOrders(channel: number): boolean;

  private capacity(channel: number): number {
    return this.options.capacities?.[channel] ?? UNBOUNDED;
  }

  private synchronise(action: number, target: number, detail: number): void {
    switch (action) {
      case ACQUIRE:
        this.acquire(target, false);
        break;
      case RELEASE:
        this.release(target, false);
        break;
      case READ_ACQUIRE:
        this.acquire(target, true);
        break;
      case READ_RELEASE:
        this.release(target, true);
        break;
      case FORK:
        this.fork(target);
        break;
      case JOIN:
        this.joinThread(target);
        break;
      case SEND:
        if (this.roomOrders(target)) this.hearNumber('receive', target, detail - this.capacity(target));
        this.tellNumber('send', target, detail);
        break;
      case RECEIVE:
        this.hearNumber('send', target, detail);
        if (this.capacity(target) < UNBOUNDED) this.tellNumber('receive', target, detail);
        break;
      case CLOSE:
        this.tell('close', target);
        break;
      case RECEIVE_CLOSED:
        this.hear('close', target);
        break;
      case TELL:
        this.tell('message', target);
        break;
      case HEAR:
        this.hear('message', target);
        break;
      case ADD:
        // Only Done comes before Wait.
        if (detail < 0) this.note('group', target);
        break;
      case WAIT:
        this.takeNotes('group', target);
        break;
      case LEAVE_NOTE:
        this.note('object', target);
        break;
      case TAKE_NOTES:
        this.takeNotes('object', target);
        break;
    }
  }
}
