/**
 * The trace file: what happened in one run, event by event.
 *
 * Layout (all little-endian):
 *
 *     0   8 bytes   magic "LOCKSTEP"
 *     8   u32       format version (TRACE_VERSION)
 *    12   u32       H, length of the JSON header in bytes, padded with spaces to a multiple of 8
 *    16   H bytes   UTF-8 JSON: TraceHeader
 *    16+H           header.events records of RECORD_BYTES each
 *                    where the header has frames, behind them: a u32 for each event, the innermost frame of its call
 *                    stack (index into header.frames), NONE when it has none
 *
 * A record is eight 32-bit words, so that a reader lays an Int32Array over the file:
 *
 *     word 0   operation | phase << 8 | aux << 16      (aux: select case index, DEFAULT_CASE for default)
 *     word 1   goroutine index (into header.goroutines)
 *     word 2   object index (into header.objects), NONE when there is none
 *     word 3   site index (into header.sites), NONE when there is none
 *     word 4   partner: index of the event on the other side, NONE when there is none
 *     word 5   argument: child goroutine index of `go`, delta of `wg-add`, direction of `select-case`, bytes of a variable
 *     word 6,7 virtual time in nanoseconds since the run began (i64, low word first)
 *
 * The Go mirror is tracer/runtime/event.go; test/unit/trace compares the two tables.
 */

export const TRACE_MAGIC = 'LOCKSTEP';
export const TRACE_VERSION = 1;
export const RECORD_BYTES = 32;
export const RECORD_WORDS = 8;
/** Absent object, site or partner. */
export const NONE = 0xffffffff;
/** aux of a select that took its default case. */
export const DEFAULT_CASE = 0xffff;

/** Operation codes; the index is the code in the file. */
export const OPERATIONS = [
  'none', // phase wake: back from code that is not instrumented, which may have ordered it behind anything before
  'go', // argument: index of the new goroutine
  'start', // first event of a goroutine; partner: its `go`
  'end', // last event of a goroutine that returned
  'make', // a channel is made; argument: capacity
  'send', // partner: the receive that took the value directly, when it did
  'receive', // partner: the send (or the close) it got its value from
  'close',
  'select', // object: the channel of the case taken; argument: 1 send, 2 receive; aux: case
  'select-case', // argument: 1 send, 2 receive; aux: case. Phase block: follows a blocked select, one for each case. Phase refused: follows a select that went on at once, one for each send that it has not taken
  'lock', // Mutex or RWMutex, exclusive; partner: the unlock it follows; argument: 1 by TryLock
  'unlock',
  'rlock', // partner: the exclusive unlock it follows; argument: 1 by TryRLock
  'runlock',
  'wg-add', // argument: delta (Done is -1)
  'wg-wait', // partner: the wg-add that brought the counter to zero
  'once', // phase done: this goroutine ran the function to its end or found it done; partner: that end
  'once-begin', // this goroutine begins to run the function
  'cond-wait', // the wait itself; the lock is released and taken again by events of their own
  'cond-signal',
  'cond-broadcast',
  'sleep',
  'timer', // a timer or ticker is made or reset; argument: 1 made, 2 reset, 3 stopped
  'fire', // the clock fires a timer; goroutine: the one that was running
  'clock', // virtual time jumps; the time of this event is the new time; argument: 1 although a goroutine could still run
  'read', // shared memory; argument: its size in bytes, 0 unknown; of a map: 1 when it is iterated over
  'write', // argument: size in bytes
  'atomic', // an operation of sync/atomic, or on whether a context has been cancelled; argument: 1 only loads, 2 only stores, 3 does both, 4 adds and nobody asks for the sum, 0 unknown (taken for both)
  'yield', // runtime.Gosched
  'length', // len(ch)
  'panic', // a panic left the goroutine
  'test-end', // the test function and its cleanups have returned
  'child-wait', // t.Run waits for its subtest; argument 1: a test function has returned, its parallel subtests have not
  'parallel', // t.Parallel: the subtest waits until the function that started it has returned
  'exit', // os.Exit or log.Fatal is about to end the process; argument: status
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How the operation stood when the event was written; the index is the code in the file. */
export const PHASES = [
  'done', // completed without waiting
  'block', // could not complete: the goroutine now waits
  'wake', // completed after having waited
  'refused', // a try that did not succeed: TryLock, or a select taking its default
] as const;
export type Phase = (typeof PHASES)[number];

export type ObjectKind =
  | 'channel'
  | 'mutex'
  | 'rwmutex'
  | 'waitgroup'
  | 'once'
  | 'cond'
  | 'timer'
  | 'variable'
  | 'map'
  | 'context';
export const OBJECT_KINDS: readonly ObjectKind[] = [
  'channel',
  'mutex',
  'rwmutex',
  'waitgroup',
  'once',
  'cond',
  'timer',
  'variable',
  'map',
  'context', // whether it has been cancelled
];

/** A place in the source where an instrumented operation stands. */
export interface Site {
  /** What the rewritten source passes to the runtime. Unique within a build. */
  id: number;
  /** As the build saw it: absolute while building; relative to the module root in stored files. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in bytes. */
  column: number;
  operation: Operation;
  /** Enclosing function as Go prints it: `(*statusManager).Start`, `TestX.func1`. */
  function: string;
  /** The operand as written: `s.podStatusesLock`. Empty when there is none. */
  expression: string;
  /** The case labels of a select in source order, as written (`<-ctx.Done()`, `out <- v`, `default`). */
  cases?: string[];
  /** Inside a rewritten standard package (context): modelled, but not shown to the user. */
  internal?: boolean;
}

/** A function call on a stack. Stacks that begin alike share their frames: a stack is its innermost one with its callers. */
export interface TraceFrame {
  /** With its package, as Go prints it: `example.com/m/pkg.(*T).Method.func1`. */
  function: string;
  /**
   * As the build saw it: absolute while building. In stored files relative to the module root, or, in the standard
   * library, to GOROOT/src.
   */
  file: string;
  /** 1-based: where it called, or did what the event tells. */
  line: number;
  /** Index of the frame that called it, smaller than its own; absent for the outermost. */
  caller?: number;
  /** Of stored files: it stands in another module or in the standard library. */
  outside?: boolean;
}

export interface TraceObject {
  kind: ObjectKind;
  /** Site index of where it was made or first used; NONE when unknown. */
  site: number;
  /** Capacity of a channel. */
  capacity?: number;
  /**
   * Of a variable that shares memory with others (a field with its struct, an element with a range of them): the index
   * of the one that begins first, and how many bytes behind that this one begins.
   */
  region?: number;
  offset?: number;
}

export interface TraceGoroutine {
  /** `1` is the test's goroutine, `1.2` the second goroutine it started; `0` is the clock. */
  path: string;
  /** Site index of the `go` statement; NONE for the first and for foreign ones. */
  site: number;
  /** Full name of the subtest that it runs: `TestX/sub`. */
  test?: string;
}

/** How a run ended, as far as the runtime can tell without analysis. */
export const OUTCOMES = [
  'pass', // everything ended
  'blocked', // nothing can move any more and at least one goroutine is blocked: deadlock or leak
  'panic',
  'fail', // the test failed by its own judgement
  'limit', // the bound on steps was reached
  'hang', // blocked in code that is not instrumented
  'diverged', // a replay met another operation than its schedule says
  'died', // the process died in the run, and the engine put together what is known of it
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface TraceHeader {
  version: number;
  mode: 'control' | 'record';
  package: string;
  test: string;
  seed: string;
  strategy: string;
  outcome: Outcome;
  /** The test function returned (with its cleanups) before the run ended. */
  returned: boolean;
  /** Something blocked in, or was woken by, code that is not instrumented. */
  foreign: boolean;
  /** Virtual time was advanced while a goroutine could still have run. */
  early: boolean;
  /** By how many milliseconds in all, when it was any. */
  ahead?: number;
  /** Number of records; a smaller number in the file means it was cut off. */
  events: number;
  /** Events beyond the bound were dropped. */
  dropped: number;
  /** The panic's text, or the runtime's one-line reason for `hang` and `diverged`. */
  message?: string;
  goroutines: TraceGoroutine[];
  objects: TraceObject[];
  /** Filled in by the engine: the runtime writes only `siteIds`. */
  sites: Site[];
  /**
   * Of the events' call stacks, in runs that were asked for them (RunConfig.stacks): without the frames of the tracer,
   * of Go's runtime and of testing.
   */
  frames?: TraceFrame[];
  /** Runtime only: site ids in the order of the indices used in the records. */
  siteIds?: number[];
}
