import type { RunExample } from '../core/report/finding-page';
import type { FindingKind } from '../protocol/finding';

export function runExamples(): Record<FindingKind, RunExample>;
export function findingPages(): Map<string, string>;
