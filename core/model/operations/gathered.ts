/** What was asked of a test, and what followed in many continuations: what models of operations are scored on, and fitted to. */
import type { QuestionKind } from './questions';

/** How many further runs of a program the model is told of. */
export const EVIDENCE_RUNS = [0, 1, 4, 20] as const;

export interface GatheredQuestion {
  /** `site`: at a place of the source, over whole runs. */
  kind: QuestionKind | 'site';
  /** As in Question; absent of places. */
  about?: string;
  /** Of who acts, where the question is about one goroutine or place. */
  operation?: string;
  waiting?: boolean;
  step?: number;
  /** Nobody can reach who is asked about. */
  unreached: boolean;
  candidates: { name: string; features: string[] }[];
  /** Answer → how many continuations gave it. */
  counts: Record<string, number>;
  /** Continuations that gave one: those of one run hang together. */
  runs: number;
  /** For each of EVIDENCE_RUNS and each likeness what these runs show. */
  levels: (Record<string, number> | null)[][];
}

/** How often somebody was said to wait for ever, and did not; how many were blocked at the end, and said to be. */
export interface Signature {
  said: number;
  wrong: number;
  stuck: number;
  known: number;
}

export interface GatheredTest {
  /** Folder and test. */
  id: string;
  questions: GatheredQuestion[];
  signature?: Signature;
}

/** A program with its corrected twin. */
export const programOf = ({ id }: Pick<GatheredTest, 'id'>): string => id.replace(/\/Test(?:Fixed)?/u, '/');

/** Three eighths of the programs, by their names: the model is not fitted to them. */
export const isHeldOut = (test: Pick<GatheredTest, 'id'>): boolean => hashOf(programOf(test)) % 8 < 3;

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
