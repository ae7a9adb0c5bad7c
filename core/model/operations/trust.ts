/** How much evidence counts, fitted by bench/next-operation.mjs --fit on the programs that the weights are fitted on. */
import type { Trust } from '../evidence';
import type { QuestionKind } from './questions';

/** Of selects the code says least; `site`: of a place of the source, over whole runs. */
export type TrustKind = QuestionKind | 'select' | 'site';

export const trustKind = ({ kind, operation }: { kind: QuestionKind | 'site'; operation?: string }): TrustKind =>
  kind === 'outcome' && operation === 'select' ? 'select' : kind;

export const TRUST: Readonly<Record<TrustKind, Trust>> = {
  turn: { strengths: [4100, 4100, 362, 4100, 4100], worth: [4750, 4750, 4750, 4750, 29.5, 4750] },
  outcome: { strengths: [1020, 8, 1, 2.83, 2], worth: [1.47, 1.36, 2.33, 4750, 4750, 4750] },
  select: { strengths: [11.3, 4100, 32, 2, 1], worth: [1.36, 1.36, 1.47, 1.47, 1.26, 4750] },
  taker: { strengths: [2900, 128, 4100, 4100, 4100], worth: [8.62, 8.62, 8.62, 8.62, 8.62, 4750] },
  site: { strengths: [1], worth: [1.59, 4750] },
};
