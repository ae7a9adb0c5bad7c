/** A finding and a summary as people read them in a terminal. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Finding, FindingSite, TestDocument } from '../protocol/finding';

/** Verdict, message, places with their source lines, the steps, and how to see it again. No final newline. */
export async function describeFinding(finding: Finding, directory: string): Promise<string> {
  const lines = [`${finding.verdict} ${finding.kind}: ${finding.message}`];
  if (finding.test !== undefined) lines.push(`  in ${finding.test} of ${finding.package}`);
  for (const site of finding.sites) {
    lines.push(`  ${site.file}:${site.line}:${site.column}: ${site.role}`);
    const text = await sourceLine(site, directory);
    if (text !== undefined) lines.push(`      ${text}`);
  }
  if (finding.explanation.length > 0) lines.push('  How it comes about:');
  for (const [index, step] of finding.explanation.entries()) lines.push(`  ${String(index + 1).padStart(3)}. ${step}`);
  if (finding.foreign)
    lines.push('  Code that is not instrumented took part, so this run was not wholly under control.');
  const { stats } = finding;
  if (stats && stats.schedules > 0) {
    const replayed = stats.replays > 0 ? `, replayed ${stats.replayed} of ${stats.replays} times` : '';
    const first = `first in schedule ${stats.firstAt.toLocaleString('en')}`;
    lines.push(`  ${first}${replayed}, ${stats.preemptions} ${stats.preemptions === 1 ? 'preemption' : 'preemptions'}`);
  }
  if (finding.schedule !== undefined) lines.push(`  Again: lockstep replay ${finding.id}`);
  return lines.join('\n');
}

async function sourceLine(site: FindingSite, directory: string): Promise<string | undefined> {
  try {
    const text = await readFile(resolve(directory, site.file), 'utf8');
    return text.split('\n')[site.line - 1]?.trim() || undefined;
  } catch {
    // The file may have gone since; the position says enough.
    return undefined;
  }
}

/** A line for each test, and one over all. */
export function summarise(document: TestDocument, seconds: number): string {
  if (document.tests.length === 0) return 'no tests to explore';
  const lines = document.tests.map((test) => {
    const { sitesReached, sites } = test.coverage;
    const verdict =
      test.problem !== undefined && test.findings.length === 0
        ? 'not explored'
        : counted(test.findings.length, 'finding');
    const ran = `${test.schedules.toLocaleString('en')} interleavings, ${sitesReached} of ${sites} operations reached`;
    return `${test.package} ${test.test}: ${verdict} (${ran})`;
  });
  const schedules = document.tests.reduce((sum, test) => sum + test.schedules, 0);
  const tests = counted(document.tests.length, 'test');
  const ran = `${schedules.toLocaleString('en')} interleavings of ${tests} in ${seconds.toFixed(1)} s`;
  lines.push(
    '',
    `${document.findings.length === 0 ? 'no bug' : counted(document.findings.length, 'finding')} in ${ran}`,
  );
  return lines.join('\n');
}

function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}
