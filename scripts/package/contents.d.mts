import type { Package } from './archive.mjs';

export const MOST: number;
export function contentProblems(made: Package): string[];
