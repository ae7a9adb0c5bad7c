/**
 * What is kept of each variable, side by side: its newest write as clocks want it (order.ts) and as races want it, its
 * newest reader, and where the others are (accesses.ts). With many variables an access costs as much as the lines of the
 * processor's cache that it touches.
 */
import { ABSENT } from '../../trace/execution/execution';

/** A line of the cache. Those that are asked for most come first: memory begins 16 bytes behind the beginning of a line. */
export const ROW = 16;

/** The newest write, for clocks: fields of Latest in order.ts. */
export const LATEST = 0;
/** The newest write: who, with which locks (see `keyOf` in accesses.ts); then when. */
export const WRITER = 4;
export const WRITER_KEY = 5;
/** The newest of the reads that are kept, ABSENT when they all lie elsewhere. */
export const READER = 6;
export const READER_KEY = 7;
export const READER_TIME = 8;
export const READER_EVENT = 9;
/** The number in PlainReaders of those that lie there. */
export const PLAIN = 10;
/** Further reads and writes that are kept, as lists. */
export const READERS = 11;
export const WRITERS = 12;
export const WRITER_TIME = 13;
export const WRITER_EVENT = 14;
/** Reads that are kept, but for plain ones; INDEXED is added where they are found by an index. */
export const COUNT = 15;

export class VariableRows {
  data = absentRows(64);

  /** Makes room for the variable. */
  reach(variable: number): void {
    if ((variable + 1) * ROW <= this.data.length) return;
    const wider = absentRows(Math.max((2 * this.data.length) / ROW, variable + 1));
    wider.set(this.data);
    this.data = wider;
  }
}

function absentRows(count: number): Int32Array {
  const data = new Int32Array(count * ROW).fill(ABSENT);
  for (let at = COUNT; at < data.length; at += ROW) data[at] = 0;
  return data;
}
