/** Waits and held locks of a layout, by replaying the trace once. */
import { phrase, type Say } from '../../protocol/phrase';
import { OPERATIONS, RECORD_WORDS } from '../../protocol/trace';
import { advance, initialState, type TraceState } from '../analyse/facts/state';
import { objectName, type Wording, waitPhrase } from '../analyse/telling/wording';
import { waitOf } from '../analyse/waiting/wait-for';
import { ABSENT, objectOf, operationOf, phaseOf } from '../trace/trace';
import type { Groups } from './groups';
import type { Layout } from './layout';
import { mergeSpans, packed } from './merged-spans';
import { type Span, spansOf } from './spans';

/** Of a lane that goroutines share: what finds no room in so many rows is not shown. */
const MOST_SHARED_ROWS = 3;
const SELECT_CASE = OPERATIONS.indexOf('select-case');
const MARK = { blocked: 1, 'blocked for ever': 2, panicked: 3 } as const;

interface Hold extends Span {
  goroutine: number;
}

export class SpanBuilder {
  private readonly labels: string[] = [];
  /** Labels of waits that never end. */
  private readonly endless = new Set<number>();
  private readonly numbers = new Map<string, number>();
  /** By operation and object: waits from 0 on, holds below. */
  private readonly phrases = new Map<number, number>();
  private readonly waits: Span[][];
  /** Lane → row → spans. */
  private readonly holds: Hold[][][];
  private readonly waiting = new Map<number, Span>();
  /** Goroutine → row → the hold that is open there. */
  private readonly holding = new Map<number, (Hold | undefined)[]>();
  private readonly openOf = new Map<number, Hold[]>();

  constructor(
    private readonly wording: Wording,
    private readonly columnOf: Int32Array,
    private readonly laneOf: Int32Array,
    private readonly members: Groups,
    private readonly say: Say,
  ) {
    const lanes = members.offsets.length - 1;
    this.waits = Array.from({ length: lanes }, () => []);
    this.holds = Array.from({ length: lanes }, () => []);
  }

  build(): Pick<Layout, 'waits' | 'holds' | 'holdRows' | 'labels' | 'mark'> {
    const { trace } = this.wording;
    const state = initialState(trace);
    // The newest column up to the event being replayed: where a span stands whose own event is not shown.
    let column = 0;
    for (let index = 0; index < trace.count; index++) {
      const own = this.columnOf[index]!;
      if (own !== ABSENT) column = own;
      advance(trace, state);
      this.take(state, index, column);
    }
    this.close(Math.max(0, column));
    this.merge();
    const holdRows = new Int32Array(this.holds.length + 1);
    for (const [lane, rows] of this.holds.entries()) holdRows[lane + 1] = holdRows[lane]! + rows.length;
    return {
      waits: spansOf(this.waits),
      holds: spansOf(this.holds.flat()),
      holdRows,
      labels: this.labels,
      mark: this.marks(state),
    };
  }

  private take(state: TraceState, index: number, column: number): void {
    const { trace } = this.wording;
    const code = trace.words[index * RECORD_WORDS]! & 0xff;
    const goroutine = trace.words[index * RECORD_WORDS + 1]!;
    const lane = this.laneOf[goroutine]!;
    if (lane === ABSENT) return;
    const blocked = state.goroutines[goroutine]!.status === 'blocked';
    const wait = this.waiting.get(goroutine);
    if (wait && !blocked) {
      wait.to = column;
      this.waiting.delete(goroutine);
    }
    if (code !== SELECT_CASE) {
      if (phaseOf(trace, index) === 'block') {
        const span = { from: column, to: column, open: false, label: 0, object: objectOf(trace, index) };
        this.waits[lane]!.push(span);
        this.waiting.set(goroutine, span);
        span.label = this.waitLabel(state, goroutine, index);
      }
      this.hold(index, goroutine, lane, column);
    } else if (wait && !this.isCase(index + 1)) {
      // All cases are known: what the select waits on can be said.
      wait.label = this.waitLabel(state, goroutine, ABSENT);
    }
  }

  private isCase(index: number): boolean {
    const { trace } = this.wording;
    return index < trace.count && (trace.words[index * RECORD_WORDS]! & 0xff) === SELECT_CASE;
  }

  /** Phrases for an operation on one object are built once. */
  private waitLabel(state: TraceState, goroutine: number, index: number): number {
    const { trace } = this.wording;
    const key =
      index === ABSENT ? ABSENT : (trace.words[index * RECORD_WORDS]! & 0xff) + 256 * (objectOf(trace, index) + 1);
    const known = index === ABSENT ? undefined : this.phrases.get(key);
    if (known !== undefined) return known;
    const wait = waitOf(trace, state, goroutine);
    const label = this.label(wait ? this.say(waitPhrase(this.wording, wait)) : '');
    if (index !== ABSENT) this.phrases.set(key, label);
    return label;
  }

  private label(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.labels.length);
    return this.labels.push(text) - 1;
  }

  private hold(index: number, goroutine: number, lane: number, column: number): void {
    const { trace } = this.wording;
    const phase = phaseOf(trace, index);
    if (phase === 'block' || phase === 'refused' || this.columnOf[index] === ABSENT) return;
    const operation = operationOf(trace, index);
    if (operation === 'lock' || operation === 'rlock') this.begin(operation, index, goroutine, lane, column);
    else if (operation === 'unlock' || operation === 'runlock') this.end(objectOf(trace, index), goroutine, column);
  }

  private begin(operation: 'lock' | 'rlock', index: number, goroutine: number, lane: number, column: number): void {
    const object = objectOf(this.wording.trace, index);
    const rows = this.holding.get(goroutine) ?? [];
    this.holding.set(goroutine, rows);
    let row = 0;
    while (rows[row] !== undefined) row++;
    const label = this.holdLabel(operation, object);
    const hold: Hold = { from: column, to: column, open: true, label, object, goroutine };
    rows[row] = hold;
    this.holds[lane]![row] ??= [];
    this.holds[lane]![row]!.push(hold);
    const open = this.openOf.get(object);
    if (open) open.push(hold);
    else this.openOf.set(object, [hold]);
  }

  private holdLabel(operation: 'lock' | 'rlock', object: number): number {
    const key = operation === 'lock' ? -2 * object - 2 : -2 * object - 3;
    const known = this.phrases.get(key);
    if (known !== undefined) return known;
    const name = objectName(this.wording, object);
    const label = this.label(
      this.say(operation === 'lock' ? phrase`holds ${name}` : phrase`holds for reading ${name}`),
    );
    this.phrases.set(key, label);
    return label;
  }

  /** Another goroutine may unlock; its own holds first. */
  private end(object: number, goroutine: number, column: number): void {
    const open = this.openOf.get(object) ?? [];
    const own = open.findLastIndex((hold) => hold.goroutine === goroutine);
    const hold = open.splice(Math.max(own, 0), 1)[0];
    if (!hold) return;
    hold.to = column;
    hold.open = false;
    const rows = this.holding.get(hold.goroutine)!;
    rows[rows.indexOf(hold)] = undefined;
  }

  /** What is open goes on to the last column. */
  private close(last: number): void {
    const isForEver = this.wording.trace.header.outcome === 'blocked';
    for (const wait of this.waiting.values()) {
      wait.to = last;
      wait.open = true;
      const waits = this.labels[wait.label]!;
      wait.label = this.label(this.say(isForEver ? phrase`${waits} for ever` : phrase`${waits} when the run ended`));
      if (isForEver) this.endless.add(wait.label);
    }
    for (const open of this.openOf.values()) for (const hold of open) hold.to = last;
  }

  /** In a lane that goroutines share. */
  private merge(): void {
    const { offsets } = this.members;
    for (let lane = 0; lane < this.waits.length; lane++) {
      if (offsets[lane + 1]! - offsets[lane]! < 2) continue;
      this.waits[lane] = mergeSpans(this.waits[lane]!, (labels, open) => this.sharedLabel(labels, open));
      const locks = new Map<number, Hold[]>();
      for (const hold of this.holds[lane]!.flat()) {
        const known = locks.get(hold.object);
        if (known) known.push(hold);
        else locks.set(hold.object, [hold]);
      }
      const merged = [...locks.values()].flatMap((row) => mergeSpans(row, (labels) => labels[0]!));
      this.holds[lane] = packed(merged, MOST_SHARED_ROWS) as Hold[][];
    }
  }

  /** `waits for mu for ever ×98`. */
  private sharedLabel(labels: readonly number[], open: number): number {
    const distinct = [...new Set(labels)];
    if (open > 0) {
      const ending = distinct.find((label) => this.endless.has(label)) ?? labels[0]!;
      return this.label(`${this.labels[ending]} ×${open}`);
    }
    return distinct.length === 1 ? distinct[0]! : this.label(this.say(phrase`some wait`));
  }

  private marks(state: TraceState): Uint8Array {
    const mark = new Uint8Array(this.waits.length);
    const blocked = this.wording.trace.header.outcome === 'blocked' ? 'blocked for ever' : 'blocked';
    for (const [goroutine, { status }] of state.goroutines.entries()) {
      const lane = this.laneOf[goroutine]!;
      if (lane === ABSENT) continue;
      if (status === 'panicked') mark[lane] = MARK.panicked;
      if (status === 'blocked') mark[lane] = MARK[blocked];
    }
    return mark;
  }
}
