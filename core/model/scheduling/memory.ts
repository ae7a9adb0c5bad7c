/**
 * What followed earlier in the same run: after the last few events, and after goroutines did something at a place. Loops
 * and goroutines that run the same code do the same again.
 */
import type { GoroutineState } from './state';
import type { Frame, SchedulerEvent, SchedulingEvent } from './trace';

/** Who did what: `GoBlock 7`. */
const token = ({ kind, goroutine, by }: SchedulingEvent): string =>
  `${kind} ${kind === 'GoCreate' || kind === 'GoUnblock' ? by : goroutine}`;

const placeKey = (stack: readonly Frame[], entry: readonly Frame[]): string =>
  (stack.length > 0 ? stack : entry.slice(0, 1)).map(({ function: name, line }) => `${name}:${line}`).join();

const LONGEST = 4;

export class Memory {
  private readonly recent: string[] = [];
  /** The last events, joined → what came next, the latest. */
  private readonly after = new Map<string, string>();
  /** What a goroutine did, and where → how often it did what next there. */
  private readonly acts = new Map<string, Map<string, number>>();
  private readonly doing = new Map<number, string>();

  /** Before the state takes it. */
  take(event: SchedulingEvent): void {
    const now = token(event);
    for (let length = 1; length <= Math.min(LONGEST, this.recent.length); length++)
      this.after.set(this.recent.slice(-length).join(), now);
    this.recent.push(now);
    if (this.recent.length > LONGEST) this.recent.shift();
    const actor = event.kind === 'GoCreate' || event.kind === 'GoUnblock' ? event.by : event.goroutine;
    if (event.kind !== 'GoStart' && actor >= 0) {
      const known = this.doing.get(actor);
      if (known !== undefined) {
        let acts = this.acts.get(known);
        if (!acts) {
          acts = new Map();
          this.acts.set(known, acts);
        }
        acts.set(event.kind, (acts.get(event.kind) ?? 0) + 1);
      }
      this.doing.set(actor, `${event.kind} ${placeKey(event.stack, [])}`);
    }
    if (event.kind === 'GoCreate') this.doing.set(event.goroutine, `new ${placeKey([], event.entry)}`);
  }

  /** How many of the last events have to be alike for the latest such time to say this came next; 0: it never did. */
  agrees(event: SchedulerEvent, actor: number): { longest: number; known: number } {
    let longest = 0;
    let known = 0;
    for (let length = 1; length <= this.recent.length; length++) {
      const next = this.after.get(this.recent.slice(-length).join());
      if (next === undefined) break;
      known = length;
      if (next === `${event} ${actor}`) longest = length;
    }
    return { longest, known };
  }

  /** What goroutines did next after what this one did last, by kind; undefined where none has. */
  acted({ id }: GoroutineState): ReadonlyMap<string, number> | undefined {
    const key = this.doing.get(id);
    return key === undefined ? undefined : this.acts.get(key);
  }
}
