/**
 * The trace page's model: from the bytes of a trace file to all that the page shows of it. The one door for the webview,
 * which may import only this room; it lives in the page's worker, so that nothing here keeps the page from drawing.
 */
import type { Finding, OutcomeCount } from '../../protocol/finding';
import { type Say, type Translations, translated } from '../../protocol/phrase';
import type { Turn } from '../../protocol/schedule';
import { type ObjectKind, RECORD_WORDS } from '../../protocol/trace';
import { historyOf } from '../analyse/facts/history';
import type { Wording } from '../analyse/telling/wording';
import { namesOf } from '../trace/names';
import { parseTrace } from '../trace/parse-text';
import { readTrace } from '../trace/read';
import { printTrace } from '../trace/text';
import { ABSENT, eventAt, partnerOf, siteAt, type Trace } from '../trace/trace';
import { decodeUtf8 } from '../trace/utf8';
import { type CallPlace, callsAt } from './calls';
import { choicesAt, type Step, stepOf } from './choices';
import { compare } from './compare';
import { type Cone, Cones } from './cone';
import { describeEvent, describeOutcome, duration } from './describe';
import { byCounts, type Expectation } from './expectation';
import { copied } from './export/copy';
import type { Format } from './export/formats';
import { type Filter, NO_FILTER, shownEvents } from './filter';
import { fold } from './folding';
import { type Groups, groupBy } from './groups';
import { type Layout, layOut } from './layout';
import { type Moment, momentAfter, type Place } from './moment';
import { Replayer } from './replayer';
import { search } from './search';
import { type SurpriseSource, type Surprises, surpriseIn, surprisesOf } from './surprises';
import { type WaitGraph, waitGraph } from './wait-graph';

export interface PageFacts {
  events: number;
  goroutines: { path: string; function: string }[];
  objects: { name: string; kind: ObjectKind }[];
  package: string;
  test: string;
  mode: 'control' | 'record';
  /** How the run ended, in words. */
  outcome: string;
  /** Nobody is left who waits for ever, and nothing failed. */
  passed: boolean;
}

export interface EventDetails {
  event: number;
  /** `goroutine 1.2 locks m.podStatusesLock at podstatus.go:46`. */
  sentence: string;
  goroutine: number;
  /** Virtual time in words. */
  time: string;
  place?: Place;
  /** The event on the other side. */
  partner?: { event: number; sentence: string };
  /** The functions it was done in, innermost first; empty where the run was not asked for call stacks. */
  calls: CallPlace[];
  /** That it was not to be expected, and on what ground. */
  surprise?: string;
}

export interface ComparedRow {
  kind: 'same' | 'moved' | 'left' | 'right';
  left?: { event: number; sentence: string };
  right?: { event: number; sentence: string };
}

export interface ComparedRuns {
  common: number;
  rows: ComparedRow[];
  more: number;
  reversals: { object: string; left: [string, string]; events: [number, number] }[];
  /** How each of the two ended. */
  outcomes: [string, string];
}

/** Lanes that are looked at one by one. */
const OVERLOOKED = 24;

export class TracePage {
  private readonly wording: Wording;
  private readonly replayer: Replayer;
  private cones: Cones | undefined;
  private lists: { goroutines: Groups; objects: Groups; startedBy: readonly number[] } | undefined;
  /** Of each step of the schedule; none where the schedule is not known. */
  private turns: readonly Turn[] = [];
  /** Undefined: nothing is known of what happens in other runs. */
  private expected: Expectation | undefined;

  private readonly say: Say;

  /** What it says in words is in the language of the translations, what leaves it for elsewhere in English. */
  constructor(
    readonly trace: Trace,
    translations: Translations = {},
  ) {
    this.say = (said) => translated(said, translations);
    const names = namesOf(trace);
    let history: Wording['history'] | undefined;
    this.wording = {
      trace,
      names,
      // Asked for only by the graph: of a long trace it costs as much as the layout.
      get history() {
        history ??= historyOf(trace);
        return history;
      },
    };
    this.replayer = new Replayer(trace);
  }

  /** What is known of the test besides the trace. */
  know(turns: readonly Turn[], counts: readonly OutcomeCount[]): void {
    this.turns = turns;
    this.expected = counts.length > 0 ? byCounts(this.trace, counts) : undefined;
  }

  facts(): PageFacts {
    const { header, count } = this.trace;
    const { names } = this.wording;
    return {
      events: count,
      goroutines: header.goroutines.map(({ path }, index) => ({ path, function: names.functions[index] ?? '' })),
      objects: header.objects.map(({ kind }, index) => ({ kind, name: names.objects[index] ?? '' })),
      package: header.package,
      test: header.test,
      mode: header.mode,
      outcome: this.say(describeOutcome(header)),
      passed: header.outcome === 'pass',
    };
  }

  layout(filter: Filter = NO_FILTER): Layout {
    return layOut(this.wording, this.say, filter, filter.fold ? this.folded(filter.unfolded).leader : undefined);
  }

  /** As a reader first sees it: goroutines that are alike fold where there are more lanes than one overlooks. */
  firstFilter(): Filter {
    const { goroutines } = this.trace.header;
    return goroutines.length > OVERLOOKED && this.folded().groups > 0 ? { hidden: [], fold: true } : NO_FILTER;
  }

  /** Those that could share a lane with it, itself among them. */
  alike(goroutine: number): number[] {
    const { leader } = this.folded();
    return [...leader.keys()].filter((other) => leader[other] === leader[goroutine]);
  }

  private folded(unfolded?: readonly number[]) {
    return fold(this.trace, this.wording.names, this.replayer.after(this.trace.count), unfolded);
  }

  details(event: number): EventDetails {
    const { site, goroutine, time } = eventAt(this.trace, event);
    const at = siteAt(this.trace, site);
    const partner = partnerOf(this.trace, event);
    const surprise = this.surprise(event);
    return {
      event,
      sentence: this.sentence(event),
      goroutine,
      time: duration(time),
      ...(at ? { place: { file: at.file, line: at.line, column: at.column, function: at.function } } : {}),
      ...(partner >= 0 ? { partner: { event: partner, sentence: this.sentence(partner) } } : {}),
      calls: callsAt(this.trace, event),
      ...(surprise ? { surprise } : {}),
    };
  }

  /** Events that were not to be expected. */
  surprises(): Surprises {
    const source = this.surprising();
    return source ? surprisesOf(source) : { events: new Int32Array(0), probability: new Float32Array(0) };
  }

  /** Why an event was not to be expected, in words; undefined when it was. */
  surprise(event: number): string | undefined {
    const source = this.surprising();
    const said = source && surpriseIn(source, event);
    return said && this.say(said);
  }

  private surprising(): SurpriseSource | undefined {
    const { trace, expected } = this;
    return expected && { trace, goroutines: this.groups().goroutines, expected };
  }

  sentence(event: number): string {
    return this.say(describeEvent(this.wording, event));
  }

  /** What holds right after the event; -1: before the first. */
  moment(event: number): Moment {
    const { objects, startedBy } = this.groups();
    const state = this.replayer.after(event + 1);
    return momentAfter({ wording: this.wording, say: this.say, state, uses: objects, startedBy }, event);
  }

  waits(event: number): WaitGraph {
    return waitGraph(this.wording, this.replayer.after(event + 1), this.say);
  }

  /** The step that the event belongs to; without a schedule, the event itself is one. */
  step(event: number): Step {
    const step = stepOf(this.turns, event);
    const turn = this.turns[step];
    const begin = turn?.at ?? event;
    const { goroutines } = this.groups();
    const source = { trace: this.trace, events: goroutines, expected: this.expected ?? (() => undefined) };
    return choicesAt(source, this.replayer.after(begin), { step, event: begin, turn: turn?.g });
  }

  cone(event: number): Cone {
    this.cones ??= new Cones(this.trace);
    return this.cones.of(event);
  }

  search(query: string, filter: Filter = NO_FILTER): Int32Array {
    return search(this.trace, this.wording.names, query, shownEvents(this.trace, filter));
  }

  copy(format: Format, events: Int32Array): string {
    return copied(this.trace, format, { events: [...events] });
  }

  compareWith(other: TracePage): ComparedRuns {
    const { common, rows, more, reversals } = compare(this.trace, other.trace);
    const said = (page: TracePage, event: number | undefined) =>
      event === undefined ? undefined : { event, sentence: page.sentence(event) };
    return {
      common,
      more,
      rows: rows
        .filter(({ left, right }) => this.isShown(left) && other.isShown(right))
        .map(({ kind, left, right }) => ({ kind, left: said(this, left), right: said(other, right) })),
      reversals: reversals.map(({ object, left }) => ({
        object: this.wording.names.objects[object] ?? '',
        left: [this.sentence(left[0]), this.sentence(left[1])],
        events: left,
      })),
      outcomes: [this.say(describeOutcome(this.trace.header)), this.say(describeOutcome(other.trace.header))],
    };
  }

  /**
   * What a finding is about: the last of the waits at its places that never end, since then all of it is there; any such
   * wait; otherwise the last event.
   */
  eventOf(finding: Finding | undefined): number {
    const { goroutines } = this.replayer.after(this.trace.count);
    const waits = goroutines.filter(({ status }) => status === 'blocked').map(({ blockedAt }) => blockedAt);
    const places = new Set(finding?.sites.map(({ file, line }) => `${file}:${line}`));
    const stands = (event: number) => {
      const at = siteAt(this.trace, eventAt(this.trace, event).site);
      return at !== undefined && places.has(`${at.file}:${at.line}`);
    };
    waits.sort((a, b) => a - b);
    const named = finding?.events?.at(-1);
    if (named !== undefined && named >= 1 && named <= this.trace.count) return named - 1;
    return waits.findLast(stands) ?? waits.at(-1) ?? this.trace.count - 1;
  }

  private isShown(event: number | undefined): boolean {
    if (event === undefined) return true;
    const { operation, site } = eventAt(this.trace, event);
    return operation !== 'select-case' && siteAt(this.trace, site)?.internal !== true;
  }

  /** One pass over the words, when they are asked for first. */
  private groups() {
    if (this.lists) return this.lists;
    const { words, count, header } = this.trace;
    const column = (word: number) => {
      const keys = new Int32Array(count);
      for (let index = 0; index < count; index++) keys[index] = words[index * RECORD_WORDS + word]!;
      return keys;
    };
    const startedBy: number[] = header.goroutines.map(() => ABSENT);
    for (let index = count - 1; index >= 0; index--) {
      const { operation, argument } = eventAt(this.trace, index);
      if (operation === 'go' && startedBy[argument] !== undefined) startedBy[argument] = index;
    }
    this.lists = {
      goroutines: groupBy(column(1), header.goroutines.length),
      objects: groupBy(column(2), header.objects.length),
      startedBy,
    };
    return this.lists;
  }
}

/** The textual form, in which what was not to be expected is remarked on. */
export function printWithSurprises(trace: Trace, counts: readonly OutcomeCount[]): string {
  const page = new TracePage(trace);
  page.know([], counts);
  return printTrace(trace, (event) => page.surprise(event));
}

/** No page, and why, when not even the header can be read. Never throws. Binary and textual traces. */
export function readTracePage(
  bytes: Uint8Array,
  translations: Translations = {},
): { page?: TracePage; problems: string[] } {
  const isText = decodeUtf8(bytes.subarray(0, 8)) === 'lockstep';
  const { trace, said } = isText ? parseTrace(decodeUtf8(bytes)) : readTrace(bytes);
  const problems = said.map((one) => translated(one, translations));
  return trace ? { page: new TracePage(trace, translations), problems } : { problems };
}
