/**
 * Critical sections in the order of their ends, those of one lock and thread as a list from the newest one. Besides its
 * predecessor each knows one far behind it, so that any is found in logarithmic time and none is ever moved (Myers, "An
 * Applicative Random-Access Stack", 1983).
 */
import { ABSENT } from '../../trace/execution/execution';

/** Its acquire by time and event; who released it, by time and event; its place in the list. */
const FIELDS = 8;
const BEGAN = 0;
const ACQUIRE = 1;
const BY = 2;
const TIME = 3;
const EVENT = 4;
const BEFORE = 5;
const FAR_BEFORE = 6;
const DEPTH = 7;

export class SectionLog {
  private data = new Int32Array(64 * FIELDS);
  private count = 0;

  /** Puts it in front of `before`, the newest of its list until now; ABSENT for none. Its number, from 0. */
  add(before: number, began: number, acquire: number, by: number, time: number, event: number): number {
    const number = this.count++;
    const at = number * FIELDS;
    if (at === this.data.length) {
      const wider = new Int32Array(2 * at);
      wider.set(this.data);
      this.data = wider;
    }
    const { data } = this;
    data[at + BEGAN] = began;
    data[at + ACQUIRE] = acquire;
    data[at + BY] = by;
    data[at + TIME] = time;
    data[at + EVENT] = event;
    data[at + BEFORE] = before;
    data[at + FAR_BEFORE] = this.farBefore(before);
    data[at + DEPTH] = this.depthOf(before) + 1;
    return number;
  }

  began(section: number): number {
    return this.data[section * FIELDS + BEGAN]!;
  }
  acquire(section: number): number {
    return this.data[section * FIELDS + ACQUIRE]!;
  }
  by(section: number): number {
    return this.data[section * FIELDS + BY]!;
  }
  time(section: number): number {
    return this.data[section * FIELDS + TIME]!;
  }
  event(section: number): number {
    return this.data[section * FIELDS + EVENT]!;
  }

  /** The next older one of its list; ABSENT for none. */
  before(section: number): number {
    return this.data[section * FIELDS + BEFORE]!;
  }

  /** The newest of a list, from `newest` on, that is known to have begun; what is known of one is so of all older ones. */
  newest(newest: number, isKnown: (began: number, acquire: number) => boolean): number {
    const { data } = this;
    const known = (section: number): boolean =>
      section === ABSENT || isKnown(data[section * FIELDS + BEGAN]!, data[section * FIELDS + ACQUIRE]!);
    let section = newest;
    while (!known(section)) {
      const far = data[section * FIELDS + FAR_BEFORE]!;
      section = known(far) ? data[section * FIELDS + BEFORE]! : far;
    }
    return section;
  }

  private depthOf(section: number): number {
    return section === ABSENT ? 0 : this.data[section * FIELDS + DEPTH]!;
  }

  private farBefore(before: number): number {
    if (before === ABSENT) return ABSENT;
    const far = this.data[before * FIELDS + FAR_BEFORE]!;
    if (far === ABSENT) return before;
    const further = this.data[far * FIELDS + FAR_BEFORE]!;
    const same = this.depthOf(before) - this.depthOf(far) === this.depthOf(far) - this.depthOf(further);
    return same ? further : before;
  }
}
