/**
 * The newest read of each thread, of a variable that many threads read without a lock: constants, say. Time and event lie
 * side by side at a place that the thread gives, so that a further read touches a single line of the processor's cache.
 */

/** Which of its thread's events the newest read is, 0 for none, and which of all. */
const TIME = 0;
const EVENT = 1;
const FIELDS = 2;

export class PlainReaders {
  private cells: Int32Array;

  constructor(threads: number) {
    this.cells = new Int32Array(threads * FIELDS);
  }

  read(thread: number, time: number, event: number): void {
    if (thread * FIELDS >= this.cells.length) {
      const wider = new Int32Array(Math.max(2 * this.cells.length, (thread + 1) * FIELDS));
      wider.set(this.cells);
      this.cells = wider;
    }
    this.cells[thread * FIELDS + TIME] = time;
    this.cells[thread * FIELDS + EVENT] = event;
  }

  /** Has the thread read behind the event? */
  hasReadSince(thread: number, event: number): boolean {
    const { cells } = this;
    const at = thread * FIELDS;
    return at < cells.length && cells[at + TIME] !== 0 && cells[at + EVENT]! > event;
  }

  /** Forgets those for which `replaced` says so. True when some are left. */
  forget(replaced: (thread: number, time: number, event: number) => boolean): boolean {
    const { cells } = this;
    let left = false;
    for (let at = 0; at < cells.length; at += FIELDS) {
      const time = cells[at + TIME]!;
      if (time === 0) continue;
      if (replaced(at / FIELDS, time, cells[at + EVENT]!)) cells[at + TIME] = 0;
      else left = true;
    }
    return left;
  }
}
