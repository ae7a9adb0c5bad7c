/** Fitted by bench/next-operation.mjs --fit: what a feature adds to a candidate's score. */
export type Weights = Readonly<Record<string, number>>;

export const WEIGHTS: Weights = {};
