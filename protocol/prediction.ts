/** `lockstep predict --json`: how likely each next thing is, how sure that is, and what it rests on. */
import type { Operation } from './trace';

export interface PredictedShare {
  /** `case:0`, `at-once`, `blocked-for-ever` …, or the path of a goroutine. */
  outcome: string;
  /** In words. */
  label: string;
  probability: number;
  /** Where the share in the long run lies with 95 % certainty. */
  low: number;
  high: number;
  /** How often it was seen in what the prediction rests on. */
  times: number;
}

export interface PredictionPlace {
  /** Relative to the working directory. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based, in bytes. */
  column: number;
}

/** `GoBlock`, `GoUnblock` …: an event of Go's scheduler. */
export interface EventChance {
  event: 'GoCreate' | 'GoStart' | 'GoBlock' | 'GoUnblock' | 'GoSched' | 'GoEnd';
  probability: number;
}

/** What a goroutine that comes to an operation does next, in the scheduler's terms. */
export interface NextEventPrediction {
  /** Lockstep's model, or the name of a language model. */
  by: string;
  /** The likeliest first. */
  events: EventChance[];
}

/** Who else uses the channel, lock or wait group of the operation. */
export interface PredictionDependence extends PredictionPlace {
  /** `sends`, `locks it`. */
  does: string;
  function: string;
}

/** Of an operation in the source. */
export interface SitePrediction extends PredictionPlace {
  operation: string;
  expression: string;
  /** The likeliest first. */
  shares: PredictedShare[];
  /** Times it was seen, in so many runs; none: only the code speaks. */
  times: number;
  runs: number;
  dependsOn: PredictionDependence[];
  /** From the code alone; absent where it cannot be followed. */
  next?: NextEventPrediction[];
}

/** What a goroutine is about to do at a step, or waits to do. */
export interface GoroutinePrediction {
  goroutine: string;
  operation: Operation;
  /** Absent for operations in the standard library. */
  place?: PredictionPlace;
  waiting: boolean;
  /** Nobody who still moves can reach it: it waits for ever. */
  unreached: boolean;
  shares: PredictedShare[];
}

/** Two operations whose order makes a difference to how runs end. */
export interface SpeakingOrder {
  first: PredictionPlace & { goroutine: string };
  second: PredictionPlace & { goroutine: string };
  /** `deadlock`, `leak`: what it speaks for. */
  end: string;
  /** Runs in which the first came first, and those of them that ended so. */
  runs: number;
  ended: number;
  /** The same of runs in which the second came first. */
  otherRuns: number;
  otherEnded: number;
}

/** At a step of a finding's schedule. */
export interface StepPrediction {
  finding: string;
  test: string;
  /** From 1, of so many. */
  step: number;
  of: number;
  /** Whose turn comes next. Empty when there is no choice. */
  turn: PredictedShare[];
  goroutines: GoroutinePrediction[];
  /** How runs end that begin like this. */
  ends: PredictedShare[];
  /** What speaks for the end of the finding's own run; the strongest first. */
  speaks: SpeakingOrder[];
  /** Runs that began with the steps before it and went on at random. */
  continuations: number;
  /** The first step after which no sampled run ended well, 0: none ever did; absent when it is not known. */
  decided?: number;
}

export interface PredictDocument {
  version: 1;
  /** For FILE:LINE. */
  sites?: SitePrediction[];
  /** For a finding. */
  step?: StepPrediction;
}
