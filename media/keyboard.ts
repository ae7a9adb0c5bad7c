/** Which event a key leads to from the chosen one, or what else it does. */
import { firstAtLeast, neighbour } from '../core/view/groups';
import type { Layout } from '../core/view/layout';

export type KeyAction =
  | { type: 'select'; column: number }
  | { type: 'open' | 'clear' | 'cone' | 'search' | 'fit' | 'fold' }
  | { type: 'zoom'; factor: number }
  | { type: 'match' | 'surprise'; step: 1 | -1 };

/** Undefined for a key that means nothing here. `selected` is -1 while nothing is. */
export function actionOf(
  layout: Layout,
  selected: number,
  { key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent,
): KeyAction | undefined {
  const count = layout.events.length;
  if (ctrlKey || altKey || metaKey || count === 0) return undefined;
  const select = (column: number): KeyAction | undefined =>
    column >= 0 && column < count ? { type: 'select', column } : undefined;
  switch (key) {
    case 'ArrowRight':
      return select(shiftKey ? inLane(layout, selected, 1) : selected + 1);
    case 'ArrowLeft':
      return select(shiftKey ? inLane(layout, selected, -1) : Math.max(selected - 1, 0));
    case 'ArrowDown':
      return select(nextLane(layout, selected, 1));
    case 'ArrowUp':
      return select(nextLane(layout, selected, -1));
    case 'PageDown':
      return select(Math.min(selected + 10, count - 1));
    case 'PageUp':
      return select(Math.max(selected - 10, 0));
    case 'Home':
      return select(0);
    case 'End':
      return select(count - 1);
    case 'p':
    case 'P':
      return selected < 0 ? undefined : select(layout.partner[selected]!);
    case 'Enter':
    case ' ':
      return selected < 0 ? undefined : { type: 'open' };
    case 'Escape':
      return { type: 'clear' };
    case 'c':
    case 'C':
      return { type: 'cone' };
    case '/':
      return { type: 'search' };
    case 'n':
      return { type: 'match', step: 1 };
    case 'N':
      return { type: 'match', step: -1 };
    case 's':
      return { type: 'surprise', step: 1 };
    case 'S':
      return { type: 'surprise', step: -1 };
    case 'f':
    case 'F':
      return { type: 'fold' };
    case '+':
    case '=':
      return { type: 'zoom', factor: 1.5 };
    case '-':
      return { type: 'zoom', factor: 1 / 1.5 };
    case '0':
      return { type: 'fit' };
    default:
      return undefined;
  }
}

/** The next or previous event of the same goroutine. */
function inLane({ columns, lane }: Layout, selected: number, step: 1 | -1): number {
  if (selected < 0) return 0;
  const found = neighbour(columns, lane[selected]!, selected, step);
  return found < 0 ? selected : found;
}

/** The event nearest in the order of the run of the next goroutine. */
function nextLane({ columns, lane, goroutines }: Layout, selected: number, step: 1 | -1): number {
  if (selected < 0) return 0;
  const other = lane[selected]! + step;
  if (other < 0 || other >= goroutines.length) return selected;
  const { offsets, items } = columns;
  const at = firstAtLeast(columns, other, selected);
  const after = at < offsets[other + 1]! ? items[at]! : -1;
  const before = at > offsets[other]! ? items[at - 1]! : -1;
  if (after < 0 || before < 0) return Math.max(after, before);
  return after - selected < selected - before ? after : before;
}
