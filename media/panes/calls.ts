/** Call stacks: each call leads to its line, where there is one in the module. */
import { element } from '../elements';
import { t } from '../words';
import type { CallPlace } from '../worker-messages';
import { type PaneActions, placeLink, placeName } from './actions';

/** `pool.go:12 (*Pool).work`. */
export function callOf(call: CallPlace, actions: PaneActions): (Node | string)[] {
  const place = call.outside ? element('span', { class: 'quiet' }, placeName(call)) : placeLink(call, actions);
  return [place, ` ${call.function}`];
}

export const callItems = (calls: readonly CallPlace[], actions: PaneActions): HTMLElement[] =>
  calls.map((call) => element('li', {}, ...callOf(call, actions)));

/** More calls than this are folded away. */
const MOST = 6;

/** A stack, innermost call first; of a deep one the rest is unfolded on request. */
export function callList(calls: readonly CallPlace[], actions: PaneActions): HTMLElement {
  const list = element('ol', { class: 'stack' }, ...callItems(calls.slice(0, MOST), actions));
  if (calls.length <= MOST) return list;
  const rest = element('ol', { class: 'stack' }, ...callItems(calls.slice(MOST), actions));
  const more = element('details', {}, element('summary', {}, t`${calls.length - MOST} more calls`), rest);
  return element('div', {}, list, more);
}
