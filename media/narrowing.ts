/** Filters that follow from what is chosen: one goroutine and its partners, one object, a group that is taken apart. */
import { columnOf, membersIn } from './painting/scene';
import type { Run } from './runs';
import type { Filter, Layout } from './worker-messages';

export type Focus = 'goroutine' | 'object' | 'all';

/** Undefined when the event concerns no object. */
export function focused(
  { layout, first }: Run,
  chosen: { event: number; goroutine: number },
  on: Focus,
): Filter | undefined {
  if (on === 'all') return first;
  if (on === 'goroutine') return { ...first, goroutines: [...partnersOf(layout, chosen.goroutine)] };
  const column = columnOf(layout, chosen.event);
  const object = column < 0 ? -1 : layout.object[column]!;
  return object < 0 ? undefined : { ...first, objects: [object] };
}

/** Goroutines that are alike share a lane, or all have their own. */
export const folded = ({ filter }: Run, on: boolean): Filter => ({ ...filter, fold: on, unfolded: [] });

/** With the goroutines of a lane taken apart, or with those that are alike together again: `group`, the lane's among them. */
export function toggled({ filter, layout }: Run, lane: number, group: readonly number[]): Filter {
  const others = (filter.unfolded ?? []).filter((goroutine) => !group.includes(goroutine));
  const apart = membersIn(layout, lane) > 1 ? [...others, layout.goroutines[lane]!] : others;
  return { ...filter, fold: true, unfolded: apart };
}

/** The goroutine and those that arrows lead to it from or from it to. */
function partnersOf({ arrows, goroutine: of }: Layout, goroutine: number): Set<number> {
  const found = new Set([goroutine]);
  for (let arrow = 0; arrow < arrows.from.length; arrow++) {
    const [one, other] = [of[arrows.from[arrow]!]!, of[arrows.to[arrow]!]!];
    if (one === goroutine) found.add(other);
    else if (other === goroutine) found.add(one);
  }
  return found;
}
