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

/** One or two lines over all tests. */
export function summarise(document: TestDocument, seconds: number): string {
  const schedules = document.tests.reduce((sum, test) => sum + test.schedules, 0);
  const reached = document.tests.reduce((sum, test) => sum + test.coverage.sitesReached, 0);
  const sites = document.tests.reduce((sum, test) => sum + test.coverage.sites, 0);
  const tests = `${document.tests.length} ${document.tests.length === 1 ? 'test' : 'tests'}`;
  const ran = `${schedules.toLocaleString('en')} interleavings of ${tests} in ${seconds.toFixed(1)} s`;
  const coverage = sites > 0 ? ` (${reached} of ${sites} operations reached)` : '';
  if (document.tests.length === 0) return 'no tests to explore';
  const found = document.findings.length;
  return found === 0
    ? `no bug in ${ran}${coverage}`
    : `${found} ${found === 1 ? 'finding' : 'findings'} in ${ran}${coverage}`;
}
