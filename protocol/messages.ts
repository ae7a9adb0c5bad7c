/**
 * What client and server say to each other beyond the Language Server Protocol. Methods start with
 * `lockstep/`. Files travel as URIs, positions as LSP positions (from 0, UTF-16), findings as in the store
 * (from 1, bytes, relative to the module root), always together with the URI of that root.
 */
import type { Finding, FindingKind, OutcomeCount, TestReport, Uncontrolled } from './finding';
import type { Translations } from './phrase';
import type { Turn } from './schedule';
import type { AllSettings, RaceMode } from './settings';

/** `initializationOptions`: what the server must know before it may do anything. */
export interface InitializationOptions extends Partial<AllSettings> {
  /** The user trusts this workspace. Until then nothing of it is run, not even `go list`. */
  trusted: boolean;
  /** Of the extension. */
  version?: string;
  /** Of the workbench's language; English has none. */
  translations?: Translations;
}

/** Zero-based, as in LSP; protocol/ imports nothing, so the shape is written down here. */
export interface Position {
  line: number;
  character: number;
}

/** A test function, by the file it stands in. */
export interface TestReference {
  /** URI of the test file. */
  uri: string;
  test: string;
}

/** Argument of "Try to make it happen": a suspicion of a static check, and the tests that may get there, nearest first. */
export interface Suspicion {
  /** Where it is suspected, and where else it has sites: what happens there may be it. Lines from 0. */
  sites: { uri: string; line: number }[];
  message: string;
  tests: TestReference[];
}

/** A stored finding. */
export interface FindingReference {
  /** URI of the module root. */
  root: string;
  id: string;
}

// Client to server: requests

/** Sent when the user asks for an exploration. Cancelling the request ends it; what was found is kept. */
export const EXPLORE = 'lockstep/explore';
export interface ExploreParams extends TestReference {
  /** Chosen by the client; the progress notifications of this request carry it. */
  token: string;
  /** As the setting has it when left out. */
  race?: RaceMode;
}
export type ExploreResult =
  | {
      type: 'explored';
      report: TestReport;
      root: string;
      findings: FindingSummary[];
      /** Distinct positions that control does not reach, for the output channel. */
      uncontrolled: Uncontrolled[];
      cancelled: boolean;
    }
  /** The user cancelled it before the first run. */
  | { type: 'cancelled' }
  /** It could not be done: one sentence that says what and why. */
  | { type: 'problem'; problem: string };

/** Sent when the user asks to see a finding happen again. */
export const REPLAY = 'lockstep/replay';
export interface ReplayParams extends FindingReference {
  times: number;
  token: string;
}
export type ReplayResult =
  | {
      type: 'replayed';
      /** Replays that ran to an end, and how many of them showed the finding again. */
      replays: number;
      replayed: number;
      cancelled: boolean;
      /** Why the first replay that differed did, in one sentence. */
      difference?: string;
    }
  | { type: 'cancelled' }
  | { type: 'problem'; problem: string };

/** Sent when the user asks for a schedule of a finding that is easier to read. */
export const MINIMISE = 'lockstep/minimise';
export interface MinimiseParams extends FindingReference {
  token: string;
}
/** What a person has to read. */
export interface ScheduleSize {
  preemptions: number;
  steps: number;
}
export type MinimiseResult =
  /** `after` is `before` where nothing smaller was found: what is stored is as it was then. */
  | { type: 'minimised'; before: ScheduleSize; after: ScheduleSize; tried: number; cancelled: boolean }
  | { type: 'cancelled' }
  | { type: 'problem'; problem: string };

/** Sent when the user asks to debug a finding: builds its test for a debugger. The client then starts one. */
export const DEBUG = 'lockstep/debug';
export interface DebugParams extends FindingReference {
  token: string;
}
export type DebugResult =
  | {
      type: 'ready';
      /** For DEBUG_ENDED. */
      session: string;
      /** What is debugged: `deadlock in TestTransfer`. */
      name: string;
      /** `own`: the user has installed it. */
      delve: { path: string; own: boolean };
      program: string;
      args: string[];
      directory: string;
      environment: Record<string, string>;
      /** Of who is who, once the program has stopped: DebuggedGoroutine[]. */
      goroutines: string;
      /** What the user should know before, in one sentence. */
      notice?: string;
    }
  | { type: 'cancelled' }
  /** One sentence that says what and why. */
  | { type: 'problem'; problem: string };

/** What the program says of a goroutine when it has stopped where the finding shows. */
export interface DebuggedGoroutine {
  /** As debuggers and stacks have it. */
  number: number;
  /** Goroutine path. */
  path: string;
  /** `waits to lock (a.go:7)`; empty: it does not wait. */
  waits: string;
}

/**
 * Sent when "Explore" is called without a test, and for the Test Explorer: which tests the file has and where each
 * begins and ends. The file need not be open.
 */
export const TESTS = 'lockstep/tests';
export interface TestsParams {
  uri: string;
}
export interface TestRange {
  test: string;
  /** First and last line, from 0. */
  from: number;
  to: number;
  /** Those whose names are written down, `t.Run("empty", …)`, by their full names. */
  subtests?: TestRange[];
}

/** Sent for a visible editor, after a pause in typing, by the highlighting of operations. */
export const OPERATIONS = 'lockstep/operations';
export interface OperationsParams {
  uri: string;
}
export const OPERATION_FAMILIES = ['goroutine', 'channel', 'lock', 'atomic', 'context'] as const;
export type OperationFamily = (typeof OPERATION_FAMILIES)[number];
/** The word or sign of an operation (`go`, `<-`, `Lock`), within one line. */
export interface OperationMark {
  family: OperationFamily;
  /** From 0. */
  line: number;
  start: number;
  end: number;
}

/** Sent before a list of findings is offered, or to resolve the one at the cursor. */
export const FINDINGS = 'lockstep/findings';
export interface FindingsParams {
  /** Only findings with a site on this line. All of the workspace when left out. */
  at?: { uri: string; position: Position };
}
export interface FindingSummary extends FindingReference {
  kind: FindingKind;
  verdict: Finding['verdict'];
  message: string;
  test?: string;
  /** Where it is shown, for a list: `podstatus.go:40`. */
  where: string;
  replayable: boolean;
  hasTrace: boolean;
  /** The lines that take part, the main one first. Positions from 0. */
  sites: SummarySite[];
}
export interface SummarySite {
  uri: string;
  position: Position;
  /** `goroutine 1.2 waits to send`. */
  text: string;
}

/** Sent by the Findings view: all that is stored in the workspace and suspected in open files. */
export const FINDING_LIST = 'lockstep/findingList';
export interface FindingDetail extends FindingSummary {
  /** False when code that took part has been edited since, or is gone. */
  current: boolean;
  /** Suspected in the text that is open: nothing was run, nothing is stored. */
  isStatic: boolean;
  explanation: string[];
  /** Where else the same bug was seen. */
  alsoSeen: OtherSighting[];
  /** `replayed 20 of 20`, `first in schedule 17 of 4,812`: what it rests on. */
  evidence: string[];
  /** As `Date.toISOString` writes it. */
  firstSeen?: string;
  /** The test that an exploration would explore to see whether it is still there. */
  again?: TestReference;
  /** Why it is as it should be, when somebody said so: lockstep.intended. */
  intended?: string;
  /** The id that the setting names: its own, or one that it had before. */
  intendedAs?: string;
}

/** The same bug in another test, or from another side. */
export interface OtherSighting {
  test?: string;
  /** Where, with what is said of it there. */
  site: SummarySite;
}

/** Sent by "Copy as Markdown" and "Export Findings": findings as a text of one format, files relative to their modules. */
export const REPORT = 'lockstep/report';
export const REPORT_FORMATS = ['markdown', 'sarif', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
export interface ReportParams {
  format: ReportFormat;
  /** All that the Findings view has, when left out. */
  findings?: FindingReference[];
}
export interface ReportResult {
  text: string;
}

/** Sent when a trace page opens: where the trace file is and what the page shows beside it. */
export const TRACE = 'lockstep/trace';
export type TraceResult =
  | {
      type: 'trace';
      /** URI of the trace file inside the store of `root`. */
      uri: string;
      root: string;
      finding: Finding;
      /** Of each step of its schedule; empty when the schedule is not known. */
      turns: Turn[];
      /** What happened next at places of the files that the schedule names, in all runs until now. */
      counts: OutcomeCount[];
    }
  | { type: 'problem'; problem: string };

/** Sent by the trace page: run the test of a finding in another order, from a step of its schedule on. */
export const WHAT_IF = 'lockstep/whatIf';
export interface WhatIfParams extends FindingReference {
  /** Of an earlier answer: leave that run instead of the finding's. */
  run?: string;
  /** From 0. */
  step: number;
  /** Path of the goroutine that is to go first at that step. */
  goroutine: string;
  token: string;
}

/** Sent by the trace page: a run that passes and is as like the finding's as can be. */
export const PASSING = 'lockstep/passing';
export interface PassingParams extends FindingReference {
  token: string;
}

/** Answers both. */
export type BranchResult =
  | {
      type: 'ran';
      /** Names the run in further requests. */
      run: string;
      /** URI of its trace inside the store. */
      uri: string;
      /** So many steps are those of the run that it left. */
      kept: number;
      outcome: string;
      passed: boolean;
      turns: Turn[];
    }
  | { type: 'cancelled' }
  | { type: 'problem'; problem: string };

/** Sent by "Open Trace as Text": the textual form of a finding's trace. */
export const TRACE_TEXT = 'lockstep/traceText';
export type TraceTextResult = { type: 'text'; text: string } | { type: 'problem'; problem: string };

// Client to server: notifications

/** Sent once, when the user begins to trust the workspace. Trust is never taken back within a session. */
export const TRUST_GRANTED = 'lockstep/trustGranted';

/** AllSettings. Sent after a setting under `lockstep.` or `go.` changed, or the folders of the workspace did. */
export const SETTINGS_CHANGED = 'lockstep/settingsChanged';

/** Sent when files of a store changed on disk, because the command line writes there too. */
export const STORE_CHANGED = 'lockstep/storeChanged';
export interface StoreChangedParams {
  /** URIs of files below `.lockstep`. */
  uris: string[];
}

/** Sent when a session of a debugger that DEBUG has prepared is over, or was not to be started. */
export const DEBUG_ENDED = 'lockstep/debugEnded';
export interface DebugEndedParams {
  session: string;
}

// Server to client: notifications

/** Sent a few times a second while an exploration or a replay runs. */
export const PROGRESS = 'lockstep/progress';
export interface ProgressParams {
  token: string;
  /** What is being done: `building`, `exploring`, `confirming`, … in words for the user. */
  stage: string;
  /** Schedules or replays run until now. */
  schedules: number;
  findings: number;
  /** Wall seconds since the runs began; 0 while building. */
  seconds: number;
  /** Share of the budget used, 0 to 1; left out when unknown. */
  share?: number;
}

/** Sent when the findings of the workspace changed, for the status bar and for open pages. */
export const STATUS = 'lockstep/status';
export interface StatusParams {
  /** Findings that are shown now, by verdict. */
  confirmed: number;
  predicted: number;
  suspected: number;
}
