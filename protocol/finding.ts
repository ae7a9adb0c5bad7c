/** One schema for CLI, server and store. */
import type { Phrase } from './phrase';

/** What shows when a program runs. */
export const RUN_KINDS = [
  'deadlock',
  'goroutine-leak',
  'data-race',
  'send-on-closed-channel',
  'close-of-closed-channel',
  'close-of-nil-channel',
  'negative-waitgroup',
  'waitgroup-misuse',
  'unlock-of-unlocked-mutex',
  'concurrent-map-access',
  'panic',
  'test-failure',
  'livelock',
] as const;

/** What only static checks find; each is the name of its check. */
export const STATIC_KINDS = [
  'abandoned-channel',
  'atomic',
  'atomic-check-then-act',
  'blocking-under-lock',
  'busy-loop',
  'captured-variable',
  'check-then-close',
  'close-by-receiver',
  'close-while-sending',
  'cond-wait-outside-loop',
  'context-ignored',
  'context-stored',
  'copylocks',
  'defer-in-loop',
  'deferred-lock',
  'double-checked-init',
  'double-lock',
  'dropped-channel',
  'errgroup-context',
  'errgroup-error-dropped',
  'errgroup-limit',
  'errgroup-nested-go',
  'errgroup-reuse',
  'errgroup-without-wait',
  'ineffective-break',
  'lock-held-at-return',
  'lock-order',
  'loopclosure',
  'lostcancel',
  'missing-done',
  'missing-done-case',
  'mixed-atomic',
  'nil-channels',
  'once-reentry',
  'range-left-early',
  'sigchanyzer',
  'signal-for-many',
  'stopped-partner',
  'testinggoroutine',
  'ticker-not-stopped',
  'uncalled-cancel',
  'unguarded-field',
  'unlock-not-locked',
  'unordered-access',
  'unserved-channel',
  'unshared-channel',
  'unsignalled-wait',
  'use-of-closed-channel',
  'wait-for-itself',
  'wait-in-loop',
  'waitgroup',
  'write-under-rlock',
] as const;
export type StaticKind = (typeof STATIC_KINDS)[number];

export const FINDING_KINDS = [...RUN_KINDS, ...STATIC_KINDS] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export type Verdict = 'confirmed' | 'predicted' | 'suspected';

export interface FindingSite {
  /** Relative to the working directory (CLI) or to the module root (store), with forward slashes. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in bytes. */
  column: number;
  /** Why the site matters, in words: `waits to send`, `holds the lock`, `started here`. */
  role: string;
  /** Goroutine path. */
  goroutine?: string;
  /** Operation at the site, as in protocol/trace, or the static check's own word. */
  operation: string;
}

/** A step of the explanation, with the place where it happened. */
export interface FindingStep {
  /** As in `explanation`. */
  text: string;
  /** As in FindingSite. */
  file: string;
  line: number;
  column: number;
  /** Goroutine path. */
  goroutine: string;
}

/** The same bug as it was seen from another side: another line of the two, another goroutine of the cycle. */
export interface OtherView {
  kind: FindingKind;
  message: string;
  sites: FindingSite[];
  /** Of the finding of its own that it was before it turned out to be the same. */
  id?: string;
  /** Where another test has shown it, as in Finding. */
  test?: string;
}

export interface FindingStats {
  /** Schedules run until now in the exploration that found it. */
  schedules: number;
  /** Number of the schedule that showed it first, from 1. */
  firstAt: number;
  preemptions: number;
  /** Replays tried, and how many of them showed it again. */
  replays: number;
  replayed: number;
  seconds: number;
}

export interface Fix {
  title: string;
  edits: {
    file: string;
    start: { line: number; column: number };
    end: { line: number; column: number };
    text: string;
  }[];
}

export interface Finding {
  /** Stable: a hash of kind and sites, without line-independent noise. 12 hex digits. */
  id: string;
  kind: FindingKind;
  verdict: Verdict;
  /** One sentence: who waits for whom, or what happened. */
  message: string;
  /** Why it can happen, in steps. */
  explanation: string[];
  /** Those steps of the explanation that happened at a place, in order. */
  steps?: FindingStep[];
  /** Import path. */
  package: string;
  /** The test that was explored, or with its full name the subtest that the goroutines were started by. */
  test?: string;
  /** The first is where the squiggle goes. */
  sites: FindingSite[];
  /** A fix of what this finding is about mends these too. */
  alsoSeen?: OtherView[];
  /** Paths relative to the store. */
  schedule?: string;
  trace?: string;
  analysis: { name: string; sound: boolean };
  /** Of a static check, as it is set. */
  severity?: 'hint' | 'information' | 'warning' | 'error';
  /**
   * What was found in a trace: positions in it, from 1. Of a race the two accesses, of a lock cycle the inner acquires.
   */
  events?: number[];
  /** Positions of the events, in order, after which all of `events` can come next. */
  witness?: number[];
  /** Why it is as it should be, as the settings of the repository say. Not stored: who reports findings asks anew. */
  intended?: string;
  /** Code that is not instrumented took part. */
  foreign?: boolean;
  stats?: FindingStats;
  fixes?: Fix[];
  /** What of the texts above has words: their templates with values, in any order, for who shows them in another language. */
  phrases?: Phrase[];
}

/** A position where control ends: what the tracer left alone, and why. */
export interface Uncontrolled {
  file: string;
  line: number;
  column: number;
  reason: string;
}

/** What happened next at one site, over the runs explored. */
export interface OutcomeCount {
  file: string;
  line: number;
  column: number;
  operation: string;
  expression: string;
  /** `case:0`, `default`, `at-once`, `waited`, `closed`, `blocked-for-ever` … → times seen. */
  outcomes: Record<string, number>;
  /** Labels of a select's cases. */
  cases?: string[];
  /** Runs these counts rest on. */
  runs: number;
}

/** What the runs of a test have shown; at least that, where it was explored by several processes. */
export interface TestCoverage {
  /** Distinct operation sites reached, of those instrumented in the package and its in-module dependencies. */
  sitesReached: number;
  sites: number;
  /** Pairs of operations, one after the other in a goroutine or on one thing. */
  pairs?: number;
  /** States in which operations found their channel, lock or wait group. */
  states?: number;
  /** Happens-before classes: runs in which the same operations are ordered in the same way are in one. */
  classes?: number;
}

/** All interleavings of a test have been explored, but for the order of steps that do not concern each other. */
export interface Exhausted {
  interleavings: number;
  /** The test depends on time: those are explored in which it passes only when nothing else can go on. */
  timed: boolean;
}

export interface TestReport {
  package: string;
  test: string;
  schedules: number;
  /** Schedules that earlier explorations of the same build have run, on which this one went on. */
  earlier?: number;
  seconds: number;
  coverage: TestCoverage;
  /** Why it ended before its budget was used, in words: `its runs show nothing new`. */
  ended?: string;
  exhausted?: Exhausted;
  uncontrolled: Uncontrolled[];
  /** Ids of the findings that this test showed, also those that another test showed first and that carry its name. */
  findings: string[];
  /** One clear sentence when the test could not be explored. */
  problem?: string;
}

/** `lockstep test --json`. */
export interface TestDocument {
  version: 1;
  findings: Finding[];
  tests: TestReport[];
  /** Build errors and the like, one sentence each. */
  problems: string[];
  /** With `--shard`: which part of the tests this is, from 1 on. */
  shard?: { index: number; of: number };
}

/** A test as it ran when Go scheduled it. */
export interface RecordedTest {
  package: string;
  test: string;
  /** What the test said of itself; `unfinished`: its process ended first. */
  result: 'pass' | 'fail' | 'skip' | 'panic' | 'unfinished';
  /** Events recorded, and how many more there were. */
  events: number;
  dropped: number;
  /** Ids of what its trace shows. */
  findings: string[];
  /** Its trace, where it was asked for. */
  trace?: string;
}

/** `lockstep record --json`. */
export interface RecordDocument {
  version: 1;
  findings: Finding[];
  tests: RecordedTest[];
  problems: string[];
}
