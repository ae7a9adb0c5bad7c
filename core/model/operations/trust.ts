/** How much evidence counts, fitted by bench/next-operation.mjs --fit on the programs that the weights are fitted on. */
import type { Trust } from '../evidence';
import type { QuestionKind } from './questions';

/** Of selects the code says least; `site`: of a place of the source, over whole runs. */
export type TrustKind = QuestionKind | 'select' | 'site';

export const trustKind = ({ kind, operation }: { kind: QuestionKind | 'site'; operation?: string }): TrustKind =>
  kind === 'outcome' && operation === 'select' ? 'select' : kind;

export const TRUST: Readonly<Record<TrustKind, Trust>> = {
  turn: { strengths: [4100, 4100, 4100, 4100, 4100], worth: [4750, 4750, 4750, 4750, 5.43, 4750] },
  outcome: { strengths: [2900, 8, 1, 2, 2.83], worth: [1.36, 1.36, 2.16, 4.31, 4750, 4750] },
  select: { strengths: [16, 4100, 32, 2, 1.41], worth: [1.36, 1.36, 1.36, 1.36, 1.26, 4750] },
  taker: { strengths: [2050, 64, 4100, 4100, 4100], worth: [3.17, 3.17, 3.17, 3.17, 3.17, 4750] },
  site: { strengths: [1], worth: [1.47, 4750] },
};
