import type { TestDocument } from '../../protocol/finding';
import type { Corpus } from './expectations.mjs';

export const CORPUS: string;
export const SCHEDULES: number;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Replayed {
  times: number;
  reproduced: number;
  divergence?: { step: number; sentence: string };
  problem?: string;
}

export function copyOfCorpus(): string;
export function lockstep(directory: string, args: string[], environment?: Record<string, string>): Promise<Ended>;
export function exploreCorpus(
  directory: string,
  options?: { patterns?: string[]; tests?: string[]; schedules?: number; environment?: Record<string, string> },
): Promise<TestDocument>;
export function exploreThriftily(directory: string, corpus: Corpus): Promise<TestDocument>;
export function replay(
  directory: string,
  id: string,
  times: number,
  environment?: Record<string, string>,
): Promise<Replayed>;
