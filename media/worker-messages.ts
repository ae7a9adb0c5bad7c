/** Between the page and its worker, which has the traces. Each question is answered once, in whatever order. */
import type { CallPlace } from '../core/view/calls';
import type { Choice, Step } from '../core/view/choices';
import type { Cone } from '../core/view/cone';
import type { Format as CopyFormat } from '../core/view/export/formats';
import type { Filter } from '../core/view/filter';
import type { Layout } from '../core/view/layout';
import type { Moment } from '../core/view/moment';
import type { ComparedRuns, EventDetails, PageFacts } from '../core/view/page';
import type { Surprises } from '../core/view/surprises';
import type { WaitGraph } from '../core/view/wait-graph';
import type { Finding, OutcomeCount } from '../protocol/finding';
import type { Translations } from '../protocol/phrase';
import type { Turn } from '../protocol/schedule';

export type {
  CallPlace,
  Choice,
  Cone,
  CopyFormat,
  EventDetails,
  Filter,
  Layout,
  Moment,
  PageFacts,
  Step,
  Surprises,
  WaitGraph,
};

export interface Opened {
  problems: string[];
  /** Absent when the file cannot be read. */
  facts?: PageFacts;
  layout?: Layout;
  /** The one that the layout has. */
  filter?: Filter;
  surprises?: Surprises;
  /** The event to begin at. */
  event: number;
}

/** All that is asked of one event, at once. */
export interface EventView {
  details: EventDetails;
  moment: Moment;
  step: Step;
  /** Said of each choice's next event, in the order of the choices; empty where there is none. */
  nexts: string[];
}

/** Question → [what is asked, answer]. `run` numbers the traces in the order of opening. */
export interface Questions {
  open: [
    {
      run: number;
      bytes: Uint8Array;
      finding: Finding | undefined;
      turns: Turn[];
      counts: OutcomeCount[];
      /** For what is said of this run. */
      translations: Translations;
    },
    Opened,
  ];
  layout: [{ run: number; filter: Filter }, Layout];
  /** Those that could share a lane with it, itself among them. */
  alike: [{ run: number; goroutine: number }, number[]];
  event: [{ run: number; event: number }, EventView];
  sentences: [{ run: number; events: number[] }, string[]];
  waits: [{ run: number; event: number }, WaitGraph];
  cone: [{ run: number; event: number }, Cone];
  search: [{ run: number; query: string; filter: Filter }, Int32Array];
  copy: [{ run: number; format: CopyFormat; events: Int32Array }, string];
  compare: [{ run: number; other: number }, ComparedRuns];
}
export type Question = keyof Questions;

export interface Asked<Q extends Question = Question> {
  number: number;
  question: Q;
  what: Questions[Q][0];
}

export type Answered = { number: number } & ({ answer: unknown } | { error: string });
