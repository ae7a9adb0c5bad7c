/** Findings for machines and for those who read CI logs: SARIF, JUnit, Markdown, annotations. */
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { annotationsOf } from '../core/report/annotations';
import { junitOf } from '../core/report/junit';
import { markdownOf } from '../core/report/markdown';
import type { Report } from '../core/report/report';
import { sarifOf } from '../core/report/sarif';
import { fileSeenFrom, withFiles } from '../engine/run/positions';
import { type Attempt, failed, succeeded } from '../engine/system/attempt';
import { writeAtomically, writeProblem } from '../engine/system/files';
import { releaseOf } from '../engine/system/release';
import { repositoryRoot } from '../engine/system/repository';
import { sourceLines } from '../engine/system/source-lines';
import type { Finding, TestReport } from '../protocol/finding';
import type { Context } from './context';
import type { Flags } from './flags';

/** Flags of every verb that reports findings. */
export const REPORT_FLAGS = { sarif: 'value', markdown: 'value', github: 'switch', json: 'switch' } as const;
/** Of those that run tests. */
export const TEST_REPORT_FLAGS = { ...REPORT_FLAGS, junit: 'value' } as const;

export const REPORT_USAGE = '[--sarif FILE] [--markdown FILE] [--github] [--json]';
export const TEST_REPORT_USAGE = `[--junit FILE] ${REPORT_USAGE}`;

/** Files relative to the working directory. */
export interface Reported {
  verb: string;
  findings: readonly Finding[];
  tests?: readonly TestReport[];
  problems: readonly string[];
}

/** Writes what the flags ask for, and annotations where GitHub Actions runs us. Fails when a file cannot be written. */
export async function writeReports(
  reported: Reported,
  { text, switches }: Flags,
  { terminal, directory, installation }: Context,
): Promise<Attempt<void>> {
  const { verb } = reported;
  const report = await reportOf(reported, directory);
  const files: [flag: string, write: () => Promise<string> | string][] = [
    [
      'sarif',
      async () => `${JSON.stringify(sarifOf(report, { verb, ...(await releaseOf(installation.root)) }), null, 2)}\n`,
    ],
    ['junit', () => `${junitOf(report)}\n`],
    ['markdown', () => markdownOf(report)],
  ];
  for (const [flag, content] of files) {
    const given = text.get(flag);
    if (given === undefined) continue;
    const file = resolve(directory, given);
    try {
      // What earlier commands of the step have said stays.
      if (file === process.env.GITHUB_STEP_SUMMARY) await appendFile(file, await content());
      else await writeAtomically(file, await content());
    } catch (error) {
      return failed(`--${flag}: ${writeProblem(file, error)}`);
    }
  }
  // GitHub reads both streams; the other one may be a document.
  if (switches.has('github') || process.env.GITHUB_ACTIONS === 'true') terminal.log(annotationsOf(report));
  return succeeded(undefined);
}

async function reportOf({ findings, tests = [], problems }: Reported, directory: string): Promise<Report> {
  const root = await repositoryRoot(directory);
  const seen = findings.map((finding) =>
    withFiles(finding, (file) => {
      const inside = fileSeenFrom(file, directory, root);
      return inside.startsWith('../') ? resolve(directory, file).replaceAll('\\', '/') : inside;
    }),
  );
  const line = await sourceLines(
    seen.flatMap(({ sites, steps = [] }) => [...sites, ...steps].map(({ file }) => file)),
    root,
  );
  return { findings: seen, tests, problems, line };
}
