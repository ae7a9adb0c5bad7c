/** How much evidence counts, fitted by bench/next-operation.mjs --fit on the programs that the weights are fitted on. */
import type { QuestionKind } from './questions';

export interface Trust {
  /** Times that a level of likeness counts what the level before it believes; the first what the model says. */
  strengths: readonly number[];
  /** Observations that what the model says without a run is worth. */
  unseen: number;
}

export const TRUST: Readonly<Record<QuestionKind, Trust>> = {
  turn: { strengths: [1024, 1024, 1024, 1024, 256], unseen: 100 },
  outcome: { strengths: [16, 8, 4, 2, 1], unseen: 2 },
  taker: { strengths: [1024, 1024, 1024, 1024, 256], unseen: 100 },
};
