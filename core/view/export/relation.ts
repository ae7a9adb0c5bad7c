/** Relations beside the events of an execution: clocks or sets in a column, arrows between threads. */
import { allClocks, allKnown } from '../../analyse/relations/all-clocks';
import { eventSets, eventsIn } from '../../analyse/relations/representation';
import { HB, PWR, type Rules, SHB, TRF } from '../../analyse/relations/rules';
import type { Execution } from '../../trace/execution/execution';
import { cell, numberOf, type Showing } from './cells';

export const RELATIONS: Record<string, Rules> = { hb: HB, shb: SHB, pwr: PWR, trf: TRF };

/** `[3,0]`: how many events of each thread are known, the event itself among them. */
export function clockColumn(execution: Execution, relation: string): NonNullable<Showing['column']> {
  const { knownOf } = allClocks(execution, RELATIONS[relation]!);
  return {
    title: `${relation.toUpperCase()} clock`,
    of: (event) => `[${execution.names.threads.map((_, thread) => knownOf(event, thread)).join(',')}]`,
  };
}

/** `fork(T1)_1, w(x)_2`: the events that come before, and the event itself; only those that are shown. */
export function setColumn(
  execution: Execution,
  relation: string,
  showing: Showing = {},
): NonNullable<Showing['column']> {
  const { known } = allKnown(execution, RELATIONS[relation]!, eventSets);
  const shown = showing.events && new Set(showing.events);
  return {
    title: `${relation.toUpperCase()} set`,
    of: (event) =>
      eventsIn(known[event]!)
        .filter((other) => shown?.has(other) ?? true)
        .map((other) => `${cell(execution, other)}_${numberOf(other, showing)}`)
        .join(', '),
  };
}

/** Ordered pairs of different threads that no event in between orders already. */
export function relationArrows(execution: Execution, relation: string): [number, number][] {
  const { known } = allKnown(execution, RELATIONS[relation]!, eventSets);
  const arrows: [number, number][] = [];
  const last = new Map<number, number>();
  for (let event = 0; event < execution.count; event++) {
    const thread = execution.thread[event]!;
    const own = last.get(thread);
    last.set(thread, event);
    const before = own === undefined ? new Set<number>() : new Set(eventsIn(known[own]!));
    const fresh = eventsIn(known[event]!).filter((other) => other !== event && !before.has(other));
    for (const from of fresh) {
      const implied = fresh.some((other) => other > from && eventsIn(known[other]!).includes(from));
      if (!implied && execution.thread[from] !== thread) arrows.push([from, event]);
    }
  }
  return arrows;
}
