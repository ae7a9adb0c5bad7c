/** How much evidence counts, fitted by bench/next-operation.mjs --fit on the programs that the weights are fitted on. */
import type { Trust } from '../evidence';
import type { QuestionKind } from './questions';

/** Of selects the code says least; `site`: of a place of the source, over whole runs. */
export type TrustKind = QuestionKind | 'select' | 'site';

export const trustKind = ({ kind, operation }: { kind: QuestionKind | 'site'; operation?: string }): TrustKind =>
  kind === 'outcome' && operation === 'select' ? 'select' : kind;

export const TRUST: Readonly<Record<TrustKind, Trust>> = {
  turn: { strengths: [4100, 4100, 256, 4100, 4100], worth: [4750, 4750, 4750, 4750, 12.7, 4750] },
  outcome: { strengths: [256, 11.3, 1, 2, 2.83], worth: [1.47, 1.47, 2.33, 4.66, 4750, 4750] },
  select: { strengths: [11.3, 4100, 90.5, 2, 2.83], worth: [1.26, 1.26, 1.36, 1.36, 1.26, 17.2] },
  taker: { strengths: [4100, 90.5, 4100, 4100, 4100], worth: [4.31, 4.31, 4.31, 4.31, 4.31, 4750] },
  site: { strengths: [1], worth: [1.71, 4750] },
};
