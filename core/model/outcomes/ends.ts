/** How a run ends, in as few words as a prediction of it needs. */
import type { Outcome, TraceHeader } from '../../../protocol/trace';

export const END_LABELS = {
  pass: 'passes',
  deadlock: 'deadlock: the test waits for ever',
  leak: 'leak: the test returns, goroutines wait for ever',
  panic: 'panics',
  fail: 'the test fails',
  other: 'does not end',
} as const;
export type End = keyof typeof END_LABELS;

export function describeEnd(outcome: Outcome, { returned }: Pick<TraceHeader, 'returned'>): End {
  switch (outcome) {
    case 'pass':
    case 'panic':
    case 'fail':
      return outcome;
    case 'blocked':
      return returned ? 'leak' : 'deadlock';
    case 'died':
      return 'panic';
    case 'limit':
    case 'hang':
    case 'diverged':
      return 'other';
  }
}
