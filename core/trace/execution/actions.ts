/**
 * What threads do, as the analyses of executions see it. Traces of Go programs are lowered to these actions, STD files
 * have the first ones under the same names.
 *
 *     action            target     detail
 *     read … update     variable   -
 *     acquire           lock       BY_TRY when it would not have waited
 *     release           lock       -
 *     fork, join        thread     -
 *     send, receive     channel    number of the message, from 0, in the order of sending
 *     tell, hear        message    -           what one thread says and any number may hear
 *     add               group      delta
 */
export const ACTIONS = [
  'read',
  'write',
  'acquire',
  'release',
  'fork',
  'join',
  // RWMutex, shared
  'read-acquire',
  'read-release',
  // the thread begins, ends, asks for a lock, branches: nobody learns anything from these
  'begin',
  'end',
  'request',
  'branch',
  // acquire and release of a lock that the thread holds already, as Java allows
  'enter-again',
  'leave-again',
  // sync/atomic
  'load',
  'store',
  'update',
  // channels with a buffer; a rendezvous is lowered to tell and hear in both directions
  'send',
  'receive',
  'close',
  'receive-closed',
  'tell',
  'hear',
  // WaitGroup
  'add',
  'wait',
  // an object that keeps what everybody has told it (Once, Cond, timers) and gives it to whoever asks
  'leave-note',
  'take-notes',
  // a send that a select could do, where it went another way or waits: nobody learns anything from it
  'offer',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Detail of an acquire, also for reading, by TryLock. */
export const BY_TRY = 1;

export const READ = 0;
export const WRITE = 1;
export const ACQUIRE = 2;
export const RELEASE = 3;
export const FORK = 4;
export const JOIN = 5;
export const READ_ACQUIRE = 6;
export const READ_RELEASE = 7;
export const BEGIN = 8;
export const END = 9;
export const REQUEST = 10;
export const BRANCH = 11;
export const ENTER_AGAIN = 12;
export const LEAVE_AGAIN = 13;
export const LOAD = 14;
export const STORE = 15;
export const UPDATE = 16;
export const SEND = 17;
export const RECEIVE = 18;
export const CLOSE = 19;
export const RECEIVE_CLOSED = 20;
export const TELL = 21;
export const HEAR = 22;
export const ADD = 23;
export const WAIT = 24;
export const LEAVE_NOTE = 25;
export const TAKE_NOTES = 26;
export const OFFER = 27;

/** What the target of an action is; each kind is numbered by itself, from 0. */
export const TARGETS = ['variable', 'lock', 'thread', 'channel', 'message', 'group', 'object', 'nothing'] as const;
export type Target = (typeof TARGETS)[number];

const TARGET_OF: Record<Action, Target> = {
  read: 'variable',
  write: 'variable',
  acquire: 'lock',
  release: 'lock',
  fork: 'thread',
  join: 'thread',
  'read-acquire': 'lock',
  'read-release': 'lock',
  begin: 'nothing',
  end: 'nothing',
  request: 'lock',
  branch: 'nothing',
  'enter-again': 'lock',
  'leave-again': 'lock',
  load: 'variable',
  store: 'variable',
  update: 'variable',
  send: 'channel',
  receive: 'channel',
  close: 'channel',
  'receive-closed': 'channel',
  tell: 'message',
  hear: 'message',
  add: 'group',
  wait: 'group',
  'leave-note': 'object',
  'take-notes': 'object',
  offer: 'channel',
};
const TARGET_OF_CODE: readonly Target[] = ACTIONS.map((action) => TARGET_OF[action]);

export const targetOf = (action: number): Target => TARGET_OF_CODE[action] ?? 'nothing';
export const takesLock = (action: number): boolean => action === ACQUIRE || action === READ_ACQUIRE;
export const givesLock = (action: number): boolean => action === RELEASE || action === READ_RELEASE;
/** A plain or atomic access of memory. */
export const isAccess = (action: number): boolean => action <= WRITE || (action >= LOAD && action <= UPDATE);
export const isAtomic = (action: number): boolean => action >= LOAD && action <= UPDATE;
/** Sees what was written last. */
export const observes = (action: number): boolean => action === READ || action === LOAD || action === UPDATE;
export const changes = (action: number): boolean => action === WRITE || action === STORE || action === UPDATE;
