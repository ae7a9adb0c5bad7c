/** How a lane stood at the end, where it did not end well. */
import { MARKS } from '../core/view/layout';
import { t } from './words';

const WORDS: Record<(typeof MARKS)[number], () => string> = {
  '': () => '',
  blocked: () => t`blocked`,
  'blocked for ever': () => t`blocked for ever`,
  panicked: () => t`panicked`,
};

/** Of the index in MARKS; empty for one that ended well. */
export const markOf = (mark: number): string => WORDS[MARKS[mark] ?? '']();
