/** Indices in lists by key, without a list object for each key: a million events of a thousand goroutines in two arrays. */
export interface Groups {
  /** List k is items[offsets[k]] … items[offsets[k + 1] - 1]. */
  offsets: Int32Array;
  items: Int32Array;
}

/** Ascending lists of the indices with each key below `groups`; negative keys are left out. Linear. */
export function groupBy(keys: ArrayLike<number>, groups: number): Groups {
  const offsets = new Int32Array(groups + 1);
  for (let index = 0; index < keys.length; index++) if (keys[index]! >= 0) offsets[keys[index]! + 1]!++;
  for (let group = 0; group < groups; group++) offsets[group + 1]! += offsets[group]!;
  const items = new Int32Array(offsets[groups]!);
  const next = offsets.slice(0, groups);
  for (let index = 0; index < keys.length; index++) if (keys[index]! >= 0) items[next[keys[index]!]!++] = index;
  return { offsets, items };
}

/** The list with a key. */
export const itemsOf = ({ offsets, items }: Groups, group: number): Int32Array =>
  items.subarray(offsets[group], offsets[group + 1]);

/** Position in `items` of the first one of the group that is at least `bound`; the group's end when there is none. */
export function firstAtLeast({ offsets, items }: Groups, group: number, bound: number): number {
  let low = offsets[group]!;
  let high = offsets[group + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The item next to a bound in its group: the first above, or the last below; -1 when there is none. */
export function neighbour(groups: Groups, group: number, of: number, step: 1 | -1): number {
  const at = step > 0 ? firstAtLeast(groups, group, of + 1) : firstAtLeast(groups, group, of) - 1;
  return at >= groups.offsets[group]! && at < groups.offsets[group + 1]! ? groups.items[at]! : -1;
}
