/**
 * A schedule: the choices of one run, with what identifies each, so that a replay can check every
 * step and say where it differs. Stored as JSON beside its finding.
 */
import type { Operation } from './trace';

export const SCHEDULE_VERSION = 1;

/** One choice: this goroutine went on, with the operation it had been waiting to do. */
export interface Step {
  /** Goroutine path: `1`, `1.2.1`; `0` means that virtual time jumped to the next timer. */
  g: string;
  op: Operation;
  /** Index into Schedule.sites; -1 when the operation has none. */
  site: number;
  /** The case a select took, when several could be taken. */
  case?: number;
  /** It goes on with what it had to wait for; passed over when it has not had to wait. Only in orders to follow. */
  again?: true;
  /** Events of the run before it: what the step did lies between this and that of the next step. Not of streamed runs. */
  at?: number;
}

/** What the trace page asks of a step: the event at which it begins, and whose turn it was. */
export interface Turn {
  at: number;
  /** Goroutine path. */
  g: string;
}

/** Where a step stands, by position for people and by function for re-anchoring after an edit. */
export interface StepSite {
  file: string;
  line: number;
  column: number;
  function: string;
  operation: Operation;
}

/** What the same steps need to be the same run again. */
export interface RunConditions {
  /** Decimal u64. */
  seed: string;
  /** Where virtual time began: decimal nanoseconds since 1970. */
  epoch?: string;
  /** The bound on steps that was in force. */
  maxSteps?: number;
  /** Sites whose reads and writes of shared memory were scheduling points: ids, or indices into Schedule.sites. */
  points?: number[];
  /** Steps took no virtual time: it passed only when nobody could go on. */
  still?: boolean;
  /** Its process died, so that only a run that is written as it goes shows that again (RunConfig.stream). */
  stream?: boolean;
}

export interface Schedule extends RunConditions {
  version: number;
  package: string;
  test: string;
  strategy: string;
  /** SHA-256 over the files that the schedule and its finding name, hex: engine/store sourcesHash. */
  sourceHash: string;
  /** Patterns of packages of other modules that were instrumented too, comma-separated. */
  dependencies?: string;
  preemptions: number;
  sites: StepSite[];
  steps: Step[];
}

/**
 * A sparse schedule for shortening: only the switches, everything else by default (the running
 * goroutine goes on while it can; then the one with the lowest index; select takes its first ready case).
 */
export interface Directive {
  switches: {
    /** path of the goroutine that is left */ from: string /** after this many steps of it */;
    after: number;
    to: string;
    /** Not there, but as soon as it cannot go on: then the switch is no preemption. */
    later?: true;
  }[];
  cases: { g: string /** at this step of it, counted from 0 */; at: number; case: number }[];
}
