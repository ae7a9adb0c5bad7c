/** A finding and a summary as people read them in a terminal. */
import { exhaustedSentence } from '../core/report/exhausted';
import { separated } from '../core/report/intended';
import { alsoSeenLines, andIntended, counted } from '../core/report/report';
import { type SourceLines, sourceLines } from '../engine/system/source-lines';
import type { Finding, FindingSite, TestReport } from '../protocol/finding';
import { english } from '../protocol/phrase';

/** Each as describeFinding does; files are relative to `directory`. */
export async function describeFindings(findings: readonly Finding[], directory: string): Promise<string[]> {
  const line = await sourceLines(
    findings.flatMap(({ sites }) => sites.map(({ file }) => file)),
    directory,
  );
  return findings.map((finding) => describeFinding(finding, line));
}

/** Verdict, message, places with their source lines, the steps, and how to see it again. No final newline. */
function describeFinding(finding: Finding, line: SourceLines): string {
  const lines = [`${finding.verdict} ${finding.kind}: ${finding.message}`];
  if (finding.test !== undefined) lines.push(`  in ${finding.test} of ${finding.package}`);
  for (const [place, { site, roles }] of placesOf(finding)) {
    lines.push(`  ${place}: ${roles.join('; ')}`);
    const text = line(site.file, site.line)?.trim();
    if (text) lines.push(`      ${text}`);
  }
  for (const line of alsoSeenLines(finding)) lines.push(`  ${line}`);
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

/** What somebody has said is as it should be, in few lines. No final newline. */
export function describeIntended({ id, kind, message, test, package: path, intended, schedule }: Finding): string {
  const where = test === undefined ? path : `${test} of ${path}`;
  const lines = [`intended ${kind}: ${message}`, `  in ${where}`, `  Intended: ${intended} (${id})`];
  if (schedule !== undefined) lines.push(`  Again: lockstep replay ${id}`);
  return lines.join('\n');
}

/** The sites by their position, in order: two goroutines may be at one line. */
function placesOf({ sites }: Finding): Map<string, { site: FindingSite; roles: string[] }> {
  const places = new Map<string, { site: FindingSite; roles: string[] }>();
  for (const site of sites) {
    const place = `${site.file}:${site.line}:${site.column}`;
    const known = places.get(place);
    if (known) known.roles.push(site.role);
    else places.set(place, { site, roles: [site.role] });
  }
  return places;
}

/** With more tests than these, those that are as they should be share a line with the others of their package. */
const MANY_TESTS = 20;

/** A line for each test, or package, and one over all. */
export function summarise(findings: readonly Finding[], tests: readonly TestReport[], seconds: number): string {
  if (tests.length === 0) return 'no tests to explore';
  const { open, intended } = separated(findings);
  const isIntended = new Set(intended.map(({ id }) => id));
  const isQuiet = ({ findings: ids, problem }: TestReport): boolean =>
    tests.length > MANY_TESTS && ids.length === 0 && problem === undefined;
  const quiet = new Map<string, TestReport[]>();
  for (const test of tests.filter(isQuiet)) quiet.set(test.package, [...(quiet.get(test.package) ?? []), test]);
  const loud = tests.filter((test) => !isQuiet(test));
  const lines = loud.map((test) => {
    const { sitesReached, sites, classes } = test.coverage;
    const problems = test.findings.filter((id) => !isIntended.has(id)).length;
    const verdict =
      test.problem !== undefined && test.findings.length === 0
        ? test.schedules === 0
          ? 'not explored'
          : 'not explored to its end'
        : `${counted(problems, 'finding')}${andIntended(test.findings.length - problems)}`;
    const earlier = test.earlier === undefined ? '' : `, ${test.earlier.toLocaleString('en')} before`;
    const interleavings = `${counted(test.schedules, 'interleaving')}${earlier}`;
    const different = classes === undefined ? '' : `, ${classes.toLocaleString('en')} of them different`;
    const ran = `${interleavings}${different}, ${sitesReached} of ${sites} operations reached`;
    const exhausted = exhaustedSentence(test);
    const proof = exhausted && english(exhausted);
    return `${test.package} ${test.test}: ${verdict} (${ran})${proof === undefined ? '' : `; ${proof}`}`;
  });
  lines.unshift(...[...quiet].map(([path, of]) => `${path}: ${withoutFindings(of)}`));
  const schedules = tests.reduce((sum, test) => sum + test.schedules, 0);
  const ran = `${counted(schedules, 'interleaving')} of ${counted(tests.length, 'test')} in ${seconds.toFixed(1)} s`;
  const found = open.length === 0 ? 'no bug' : counted(open.length, 'finding');
  lines.push('', `${found}${andIntended(intended.length)} in ${ran}`);
  return lines.join('\n');
}

/** Of tests in which nothing was found, one or more. */
function withoutFindings(tests: readonly TestReport[]): string {
  const interleavings = tests.reduce((sum, { schedules }) => sum + schedules, 0);
  const proved = tests.filter(({ exhausted }) => exhausted !== undefined).length;
  const all = proved === 0 ? '' : `; of ${proved.toLocaleString('en')} all were explored`;
  return `no findings in ${counted(tests.length, 'test')} (${counted(interleavings, 'interleaving')}${all})`;
}
