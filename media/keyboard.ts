/** Which event a key leads to from the selected one. */
import type { TracePage } from '../core/view/page';

export type KeyAction = { type: 'select'; index: number } | { type: 'open' } | { type: 'clear' };

/** Undefined for a key that means nothing here. `selected` is -1 while nothing is. */
export function actionOf(
  model: TracePage,
  selected: number,
  { key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent,
): KeyAction | undefined {
  if (ctrlKey || altKey || metaKey || model.count === 0) return undefined;
  switch (key) {
    case 'ArrowRight':
      return select(model, shiftKey ? inLane(model, selected, 1) : selected + 1);
    case 'ArrowLeft':
      return select(model, shiftKey ? inLane(model, selected, -1) : Math.max(selected - 1, 0));
    case 'ArrowDown':
      return select(model, nextLane(model, selected, 1));
    case 'ArrowUp':
      return select(model, nextLane(model, selected, -1));
    case 'PageDown':
      return select(model, Math.min(selected + 10, model.count - 1));
    case 'PageUp':
      return select(model, Math.max(selected - 10, 0));
    case 'Home':
      return select(model, 0);
    case 'End':
      return select(model, model.count - 1);
    case 'p':
    case 'P':
      return selected < 0 ? undefined : select(model, model.event(selected).partner);
    case 'Enter':
    case ' ':
      return selected < 0 ? undefined : { type: 'open' };
    case 'Escape':
      return { type: 'clear' };
    default:
      return undefined;
  }
}

function select(model: TracePage, index: number): KeyAction | undefined {
  return index >= 0 && index < model.count ? { type: 'select', index } : undefined;
}

/** The next or previous event of the same goroutine. */
function inLane(model: TracePage, selected: number, step: 1 | -1): number {
  if (selected < 0) return 0;
  const { events } = model.lanes[model.event(selected).lane]!;
  return events[events.indexOf(selected) + step] ?? selected;
}

/** The event nearest in time of the next goroutine that has one. */
function nextLane(model: TracePage, selected: number, step: 1 | -1): number {
  if (selected < 0) return 0;
  for (let lane = model.event(selected).lane + step; lane >= 0 && lane < model.lanes.length; lane += step) {
    const { events } = model.lanes[lane]!;
    const nearest = events.reduce(
      (best, event) => (Math.abs(event - selected) < Math.abs(best - selected) ? event : best),
      events[0] ?? -1,
    );
    if (nearest >= 0) return nearest;
  }
  return selected;
}
