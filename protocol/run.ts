/**
 * Between the engine and an instrumented test binary. The engine writes a RunConfig to a file and
 * names it in the environment variable LOCKSTEP_CONFIG; the binary appends RunLines (JSON, one a line)
 * to `<out>/results.jsonl` and writes `<out>/<n>.trace` and `<out>/<n>.schedule.json`, or both of all runs to one file.
 * The Go mirror is tracer/runtime/config.go.
 */
import type { Directive, RunConditions, Step } from './schedule';
import type { Outcome, TraceGoroutine, TraceObject } from './trace';

export const CONFIG_VARIABLE = 'LOCKSTEP_CONFIG';

/** Where the race detector writes, in `<out>`: log_path in GORACE. It appends the number of the process. */
export const RACE_LOG = 'race';

/** What makes the schedules of an exploration: tracer/runtime/strategy.go. */
export const STRATEGIES = [
  'random',
  'pct',
  'pos',
  'surw',
  'bounded',
  'steer',
  'gopie',
  'reversal',
  'dpor',
  'auto',
] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** In `out`: what the strategy has learned, for the next process of the same worker. Not every strategy writes it. */
export const STATE_FILE = 'state.json';

/**
 * What an analysis predicts, as the scheduler can bring it about: operations that do harm when they come together.
 * `lock-cycle`: the inner acquisitions, each by a goroutine of its own that holds a lock already.
 * `race`: two accesses of, or operations on, the same thing, in whichever order: a close and a send, two stores.
 * `order`: operations that do harm in the order given, each done by whoever comes: the cancellation, then the send.
 */
export const TARGET_KINDS = ['lock-cycle', 'race', 'order'] as const;

/** For the strategies `steer` and `auto`: goroutines that come to one of the sites wait there for the others. */
export interface Target {
  kind: (typeof TARGET_KINDS)[number];
  /** Ids, two or more. The same one twice: two goroutines at one place. */
  sites: number[];
}

/**
 * What RunConfig.without can leave out. `feedback`: `auto` deals its runs out by what is new; `mutation`: what has led to
 * something new is changed; `prediction`: `auto` takes notice of targets; `reduction`: `dpor` leaves interleavings out that
 * differ in nothing; `proof`: `auto` has `dpor` among its arms, which one of several workers is enough for.
 */
export const STRATEGY_PARTS = ['feedback', 'mutation', 'prediction', 'reduction', 'proof'] as const;

export interface RunConfig {
  version: 1;
  mode: 'control' | 'record';
  strategy: StrategyName | 'replay' | 'directed' | 'follow' | 'continue';
  package: string;
  /** Name of the test function. In mode `record` may be empty: every test is recorded, each as a run of its own. */
  test: string;
  /** Decimal u64. Iteration n of a process uses a seed derived from this one and n. */
  seed: string;
  /** Number of the first iteration, so that seeds do not repeat over processes. */
  first: number;
  /** Iterations in this process at most (the binary ends itself after them). */
  iterations: number;
  /** Wall time for the whole process, in milliseconds; 0: no bound. */
  milliseconds: number;
  /**
   * A run that still takes steps so long after `milliseconds` ends with its next one, and leaves nothing but
   * SummaryLine.overrun. Left out: it goes on.
   */
  overrunMilliseconds?: number;
  /** Bound on the steps of one run. */
  maxSteps: number;
  /** How long code that is not instrumented may block when nothing else can run, in milliseconds. */
  foreignMilliseconds: number;
  /** Directory for what the binary writes. Exists. */
  out: string;
  /** Where virtual time begins: decimal nanoseconds since 1970. The time of the start when left out. */
  epoch?: string;
  /** Write the trace of every n-th run although nothing was found; 0: of none. */
  traceEvery: number;
  /** And of so many at the beginning of the process; 0 when left out. */
  traceFirst?: number;
  /** Write traces and schedules of all runs to one file: to make two for each run costs more than to write them. */
  together?: boolean;
  /** Ids of sites whose reads and writes of shared memory are scheduling points: they were seen racing. */
  points?: number[];
  /** For `steer` and `auto`. Their sites are `points` as well. */
  targets?: Target[];
  /** Parts of the strategy that are left out, for measurements. */
  without?: (typeof STRATEGY_PARTS)[number][];
  /**
   * For `replay`: the steps; for `follow`: operations in the order in which they are to begin; for `continue`: the steps
   * that each run begins with before it goes on at random. Site ids, 0 for none. An empty operation in a replay: whatever
   * the goroutine is about to do.
   */
  steps?: (Omit<Step, 'op' | 'at'> & { op: Step['op'] | '' })[];
  /** The STATE_FILE of the process before this one, of the same worker, strategy and seed. */
  state?: string;
  /** For `directed`: one for each iteration. */
  directives?: Directive[];
  /** For `follow`, instead of `steps`: one for each iteration. */
  orders?: RunConfig['steps'][];
  /** As in RunConditions. */
  still?: boolean;
  /** File descriptor that closes when the engine dies; the binary then kills its process group. */
  lifeline?: number;
  /**
   * Write each run as it goes to `<n>.stream` (StreamLines) and `<n>.events` (the records of its trace), so that it is
   * known when the process dies; they are removed when the run ends in an orderly way.
   */
  stream?: boolean;
  /** Write the call stack of each event into the traces: for runs that somebody will look at. Not of streamed runs. */
  stacks?: boolean;
  /** For `replay` by a process that a debugger has started. */
  debug?: DebugStop;
  /** Ask Go's goroutine leak profile about a run that ends with blocked goroutines, where this Go has it. */
  leakProfile?: boolean;
}

/** In `out`, once a run has stopped for a debugger: DebuggedGoroutine[] of protocol/messages.ts. */
export const GOROUTINES_FILE = 'goroutines.json';

/**
 * Where a run stops for a debugger, once: before the access, in a test that fails, or where it cannot go on, and there in
 * the first of the goroutines that waits for ever.
 */
export interface DebugStop {
  /** Written to standard error where it stops: what was found. */
  sentence: string;
  /** Paths. */
  goroutines: string[];
  /** The n-th access, from 1, of a goroutine (path) at a site (id). */
  access?: { g: string; site: number; nth: number };
  /** What was found is that the test fails. */
  failure?: boolean;
  /** Of sites, by id, for what is said when the run takes another course: `a.go:7`. */
  places: Record<number, string>;
}

/**
 * File in `out` with the number of the current iteration, counted from 1: a u64, little-endian. 0 or no file: none has
 * begun, or the system has no memory that outlives a process.
 */
export const MARK_FILE = 'iteration';

/** One run that is worth a line: it did not pass, or its trace was asked for. */
export interface RunLine {
  type: 'run';
  test: string;
  /** Number of the iteration, counting from `first`. */
  index: number;
  seed: string;
  outcome: Outcome;
  returned: boolean;
  foreign: boolean;
  early: boolean;
  steps: number;
  preemptions: number;
  /** File names inside `out`. */
  trace?: string;
  /** Where trace and schedule are in their file, when others are there too: first byte and number of bytes. */
  parts?: { trace: [number, number]; schedule: [number, number] };
  /** In a race build: what Go's race detector reported in this run, as it prints it. */
  races?: string;
  schedule?: string;
  /** Panic text; for `diverged`, where and why; for `hang`, what blocks. */
  message?: string;
  /** Stack of the panicking or hanging goroutine, as Go prints it. */
  stack?: string;
  /** For `blocked`: the stacks of some of the goroutines that wait for ever, by path. */
  stacks?: Record<string, string>;
  /** What the test said of itself. Only in mode `record`. */
  failed?: boolean;
  skipped?: boolean;
  /** For `diverged`: the first step that differs. Of `follow`: the first operation that did not come about. */
  divergedAt?: number;
  /** When it was asked for: paths of the blocked goroutines that Go's goroutine leak profile takes for leaked, or not. */
  leakProfile?: { leaked: string[]; kept: string[] };
}

/** What runs have shown, each counted once: tracer/runtime/coverage.go. */
export interface CoverageCounts {
  /** Pairs of operations, one after the other in a goroutine or on one thing; 65,536 at most. */
  pairs: number;
  /** States in which operations found their channel, lock or wait group; 65,536 at most. */
  states: number;
  /** Happens-before classes; about, when there are many. */
  classes: number;
}

export interface RunCoverage extends CoverageCounts {
  /** What the last so many runs, up to 1,024, have added. */
  recent: CoverageCounts & { runs: number };
}

/** What all runs of the process did, written when the process ends by itself and every 250 ms. Cumulative. */
export interface SummaryLine {
  type: 'summary';
  /** Completed iterations in this process. */
  iterations: number;
  steps: number;
  /** Wall seconds since the first iteration began. */
  seconds: number;
  /** [site id, outcome, times]; outcome as in OutcomeCount. */
  counts: [number, string, number][];
  /** Distinct interleavings seen in this process (by hash of the steps). */
  distinct: number;
  /** Of `auto`: the runs of each of its arms, over all processes of the worker. */
  arms?: Record<string, number>;
  /** Of all processes of the worker until now, handed on by STATE_FILE. Not where runs are repeated or recorded. */
  coverage?: RunCoverage;
  /** The strategy has no run left that it would make. */
  exhausted?: boolean;
  systematic?: SystematicProgress;
  /** Steps of the last run, which ended because the time was over: see RunConfig.overrunMilliseconds. */
  overrun?: number;
  /** True when this is the last line. */
  final: boolean;
}

/**
 * How far a strategy is that explores all interleavings (`dpor`), over all processes of the worker. When the strategy is
 * exhausted and nothing makes this incomplete, no interleaving shows anything that the runs have not shown, provided that
 * no data race was seen but at `points`. There is one worker: a second one would do the same again. Where a process dies,
 * its STATE_FILE is that of the process before, or there is none.
 */
export interface SystematicProgress {
  /** Explored interleavings; no two differ only in the order of steps that do not concern each other. */
  interleavings: number;
  /** Runs that turned out to be one of these again. */
  redundant: number;
  /** Timers were set or the time was asked for: what is explored is time that passes only when nobody can go on. */
  timed: boolean;
  /** The test drew random numbers, or went over maps: other draws may show something else. */
  drawn: boolean;
  /** It looks as if all could be explored in some ten thousand runs. */
  promising: boolean;
  /** Why there may be interleavings that show something else. */
  incomplete?: string;
}

/** One thing that a streamed run adds to what is known of it. Tables grow in their order. */
export interface StreamLine {
  run?: RunConditions & { strategy: string };
  siteId?: number;
  goroutine?: TraceGoroutine;
  /** The goroutine of the table turned out to run a subtest. */
  named?: { index: number; test: string };
  object?: TraceObject;
  step?: Step;
  /** With a step: preemptions until then. */
  preempted?: number;
  /** Of the select that the last step led to. */
  case?: number;
  foreign?: boolean;
}

export type ResultLine = RunLine | SummaryLine;

/** `<n>.schedule.json` as the binary writes it; site is a site id, 0 for none. */
export interface RawSchedule extends RunConditions {
  version: 1;
  strategy: string;
  preemptions: number;
  steps: Step[];
}
