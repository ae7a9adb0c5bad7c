import type { TestDocument } from '../../protocol/finding';

export interface Want {
  file: string;
  line: number;
  kind: string;
  text: string;
  optional: boolean;
}

export interface Corpus {
  wants: Want[];
  tests: { file: string; test: string; preemptions: number }[];
  pending: { file: string; kind: string; why: string }[];
}

export function wantsOf(file: string, text: string): Want[];
export function readCorpus(directory: string): Corpus;
export function unmet(corpus: Corpus, document: TestDocument): Want[];
export function complaints(corpus: Corpus, document: TestDocument): string[];
export function overdue(corpus: Corpus, document: TestDocument): Corpus['pending'];
