/** What panes ask of the page. */
import { element } from '../elements';

export interface PaneActions {
  /** Choose an event of the run that is shown. */
  select(event: number): void;
  /** Show a line in the editor. */
  open(place: { file: string; line: number; column: number }): void;
  /** Run the test again up to this step, and let the goroutine go first. */
  whatIf(step: number, goroutine: string): void;
}

export function button(text: string, action: () => void, attributes: Record<string, string> = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', action);
  return made;
}

export const link = (text: string, action: () => void, attributes: Record<string, string> = {}): HTMLButtonElement =>
  button(text, action, { class: 'link', ...attributes });

/** `pool.go:12`, leading to the line. */
export function placeLink(place: { file: string; line: number; column: number }, { open }: PaneActions): HTMLElement {
  return link(placeName(place), () => open(place), { title: `${place.file}:${place.line}` });
}

export const placeName = ({ file, line }: { file: string; line: number }): string =>
  `${file.slice(file.lastIndexOf('/') + 1)}:${line}`;
