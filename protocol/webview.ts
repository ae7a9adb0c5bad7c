/** Between the extension and the trace page. Data goes by message only, never inside the HTML. */
import type { Finding, OutcomeCount } from './finding';
import type { Translations } from './phrase';
import type { Turn } from './schedule';

/** What a page keeps over a reload of the window; the extension validates it before use. */
export interface TracePageState {
  root: string;
  id: string;
}

/** A trace file and what is known of the test besides it. */
export interface TraceContent {
  /** Binary or textual; the page validates it. */
  bytes: Uint8Array;
  /** Of each step of its schedule; empty where the schedule is not known. */
  turns: Turn[];
  /** What happened next at the places of the trace, in the runs of all explorations. */
  counts: OutcomeCount[];
}

/** Extension to page. */
export type ToTracePage =
  /** Comes first: in which language the page is to speak, as of `lang`, and its words in it. English has none. */
  | { type: 'language'; language: string; translations: Translations }
  /** Answers `ready`, and again when a replay wrote a newer trace. Without a finding: a file that was opened by itself. */
  | ({ type: 'trace'; finding?: Finding; state?: TracePageState } & TraceContent)
  /** Answers `whatIf` and `passing`: a run that the engine made. */
  | ({
      type: 'run';
      /** Names the run in further requests. */
      run: string;
      /** `1.2 went first at step 14`. */
      title: string;
      /** What it showed, in one sentence. */
      outcome: string;
      passed: boolean;
      /** For the comparison with the run of the finding. */
      compare: boolean;
    } & TraceContent)
  /** Answers `whatIf` and `passing` when that could not be done: one sentence. */
  | { type: 'refused'; problem: string }
  /** Answers `ready` when there is nothing to show: one sentence. */
  | { type: 'problem'; problem: string };

/** Page to extension. */
export type FromTracePage =
  /** Sent once, when the page's script listens. */
  | { type: 'ready' }
  /** The user chose an event: show its line. File as in the trace, relative to the module root. */
  | { type: 'reveal'; file: string; line: number; column: number; takeFocus: boolean }
  /** No event is chosen any more: mark no line. */
  | { type: 'unmark' }
  /** Run the test again up to a step, from 0, and let this goroutine go first there. Without `run`: of the finding's run. */
  | { type: 'whatIf'; run?: string; step: number; goroutine: string }
  /** Look for a run that passes and is as like this one as can be. */
  | { type: 'passing' }
  /** The run that was asked for last is not wanted any more; it is answered all the same. */
  | { type: 'cancel' }
  /** The page may not reach the clipboard itself. */
  | { type: 'copy'; text: string }
  /** Offer to save a file. */
  | { type: 'save'; name: string; text: string }
  /** The user pressed the page's button. */
  | { type: 'replay' }
  | { type: 'debug' }
  | { type: 'text' };
