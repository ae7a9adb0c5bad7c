/** What a report is made from: the findings of one call of `lockstep`, and what they lie in. */
import type { Finding, TestReport, Verdict } from '../../protocol/finding';
import { separated } from './intended';

export interface Report {
  /** Files relative to the root of the repository, where they lie in it; else absolute. Forward slashes. */
  findings: readonly Finding[];
  /** Empty for static checks. */
  tests: readonly TestReport[];
  /** What kept Lockstep from its work, one sentence each. */
  problems: readonly string[];
  /** Text of a line (from 1) of a file, without its end; undefined where it cannot be read. */
  line(file: string, line: number): string | undefined;
}

/** How grave a finding is, in the words of SARIF. */
export type Level = 'error' | 'warning' | 'note';
const LEVELS: Record<Verdict, Level> = { confirmed: 'error', predicted: 'warning', suspected: 'warning' };

/** What a static check suspects is as grave as the check is set to be. */
export function levelOf({ verdict, severity }: Finding): Level {
  if (severity === undefined) return LEVELS[verdict];
  return severity === 'error' || severity === 'warning' ? severity : 'note';
}

/** 1-based column in UTF-16 units of a 1-based column in bytes. `text`: the line; the same column where it is not known. */
export function utf16Column(text: string | undefined, column: number): number {
  if (text === undefined) return column;
  let bytes = 1;
  let units = 1;
  for (const character of text) {
    if (bytes >= column) break;
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    units += character.length;
  }
  // Behind the end of the line, by what is known of it.
  return units + Math.max(0, column - bytes);
}

/** `TestX of example.com/p`, `example.com/p`. */
export const whereOf = ({ test, package: path }: Finding): string => (test === undefined ? path : `${test} of ${path}`);

export const counted = (count: number, noun: string): string =>
  `${count === 0 ? 'no' : count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** ` and 2 that are intended`; nothing where there are none. */
export const andIntended = (count: number): string =>
  count === 0 ? '' : ` and ${count.toLocaleString('en')} that ${count === 1 ? 'is' : 'are'} intended`;

/** `3 findings and 1 that is intended`. */
export function countedFindings(findings: readonly Finding[]): string {
  const { open, intended } = separated(findings);
  return `${counted(open.length, 'finding')}${andIntended(intended.length)}`;
}

/** `Also seen in TestB: …`, one for each other view. */
export const alsoSeenLines = ({ alsoSeen = [] }: Finding): string[] =>
  alsoSeen.map(({ message, test }) => `Also seen${test === undefined ? '' : ` in ${test}`}: ${message}`);
