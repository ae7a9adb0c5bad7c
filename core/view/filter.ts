/** Which events get a column: what standard packages do inside never does, the rest is the reader's choice. */
import { OPERATIONS, RECORD_WORDS } from '../../protocol/trace';
import type { Trace } from '../trace/trace';
import { type EventFamily, familyOf } from './describe';

export interface Filter {
  /** Families that are left out. */
  hidden: readonly EventFamily[];
  /** Only these goroutines; all when left out. Indices as in the header. */
  goroutines?: readonly number[];
  /** Only what concerns these objects; everything when left out. */
  objects?: readonly number[];
  /** Goroutines that are alike share a lane. */
  fold?: boolean;
  /** But not the groups that these goroutines are in. */
  unfolded?: readonly number[];
}

export const NO_FILTER: Filter = { hidden: [] };

/** Something is left out. */
export const isFiltering = ({ hidden, goroutines, objects }: Filter): boolean =>
  hidden.length > 0 || goroutines !== undefined || objects !== undefined;

const SELECT_CASE = OPERATIONS.indexOf('select-case');

function maskOf(length: number, chosen: readonly number[] | undefined): Uint8Array {
  const mask = new Uint8Array(length).fill(chosen === undefined ? 1 : 0);
  for (const index of chosen ?? []) if (index >= 0 && index < length) mask[index] = 1;
  return mask;
}

/** The events that are shown, ascending. The cases listed behind a blocked select never are. Linear. */
export function shownEvents(trace: Trace, filter: Filter = NO_FILTER): Int32Array {
  const { words, count, header } = trace;
  const operations = Uint8Array.from(OPERATIONS, (operation) => (filter.hidden.includes(familyOf(operation)) ? 0 : 1));
  operations[SELECT_CASE] = 0;
  const sites = Uint8Array.from(header.sites, ({ internal }) => (internal === true ? 0 : 1));
  const goroutines = maskOf(header.goroutines.length, filter.goroutines);
  const objects = filter.objects === undefined ? undefined : maskOf(header.objects.length, filter.objects);
  const shown = new Int32Array(count);
  let room = 0;
  for (let index = 0, at = 0; index < count; index++, at += RECORD_WORDS) {
    if (operations[words[at]! & 0xff] === 0 || goroutines[words[at + 1]!] === 0) continue;
    const site = words[at + 3]!;
    if (site >= 0 && sites[site] === 0) continue;
    if (objects && (words[at + 2]! < 0 || objects[words[at + 2]!] === 0)) continue;
    shown[room++] = index;
  }
  return shown.slice(0, room);
}
