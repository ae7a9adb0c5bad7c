/** From what a test binary wrote about a run to findings with their schedule and trace. */

import { readFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { analyseTrace } from '../../core/analyse/analyse';
import { triedReleases } from '../../core/analyse/facts/tried-locks';
import { racingSites } from '../../core/analyse/racing/race';
import { failsHere } from '../../core/analyse/telling/failing';
import { messageOf, retold, saidIn, withNames, withPhrases } from '../../core/analyse/telling/phrases';
import { shortFunction } from '../../core/trace/names';
import { eventsOf, type Trace } from '../../core/trace/trace';
import { writeTrace } from '../../core/trace/write';
import type { Finding, FindingSite } from '../../protocol/finding';
import { english, type Phrase, phrase, type Value } from '../../protocol/phrase';
import type { RawSchedule, RunLine } from '../../protocol/run';
import type { Schedule } from '../../protocol/schedule';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import { relativePath } from '../system/files';
import { callerIn, deathInTrace, panicFrame } from './deaths';
import { witnessed } from './race-findings';
import type { ProcessRun } from './run';
import { scheduleOf } from './schedule-sites';
import type { TestSubject } from './subject';
import { writtenRun } from './written-run';

export interface Evidence {
  /** What the analyses see in the run; files relative to the module root. */
  findings: Finding[];
  trace: Trace;
  /** The trace as a file, with its sites. Made when it is asked for. */
  readonly bytes: Uint8Array;
  /** As the binary wrote it: site ids of this build. */
  raw: RawSchedule;
  schedule: Schedule;
  /** Ids of the sites where another goroutine should be let in between: racing accesses, unlocks that a TryLock may see. */
  points: readonly number[];
  /** Another process of the package ran at the same time. */
  beside: boolean;
}

/** Reads and judges one run. Fails when its files are missing or not valid. */
export async function evidenceOf(subject: TestSubject, run: ProcessRun, line: RunLine): Promise<Attempt<Evidence>> {
  const written = writtenRun(subject, run, line);
  if (!written.ok) return written;
  const { trace, raw } = written.value;
  const schedule = scheduleOf(raw, { ...subject, package: subject.package.importPath });
  const { findings } = analyseTrace(trace, { package: subject.package.importPath, test: subject.test });
  if (line.outcome === 'died') {
    const death = deathInTrace(subject, run, { trace, steps: raw.steps });
    if (death) findings.unshift(death);
  }
  if (line.races !== undefined) {
    let reports: string;
    try {
      reports = readFileSync(join(run.out, line.races), 'utf8');
    } catch (error) {
      return failed(phrase`Race reports of ${subject.test} cannot be read: ${errorText(error)}`);
    }
    findings.push(...witnessed(subject, reports, findings));
    if (failedForRace(run.failureText)) dropTestFailure(findings);
  }
  const told = findings.map((finding) => {
    let one = finding.kind === 'test-failure' ? quoted(finding, subject, run.failureText) : finding;
    if (line.outcome === 'panic' && one.analysis.name === 'outcome') {
      one = panicPlaced(one, subject, trace, line.stack ?? '');
    }
    placeCallers(one, subject, line.stacks ?? {});
    return one.sites.length === 0 ? withSite(one, testSite(subject), phrase`the test`) : one;
  });
  const points = [...racingSites(trace), ...triedReleases(trace)];
  return succeeded(asFile({ findings: told, trace, raw, schedule, points, beside: run.beside }));
}

const asFile = (evidence: Omit<Evidence, 'bytes'>): Evidence => ({
  ...evidence,
  get bytes() {
    return writeTrace(evidence.trace);
  },
});

/** The same run with the call stacks that a replay of it has; as it is when that took another course. */
export function withStacks(evidence: Evidence, replay: Evidence | undefined): Evidence {
  const { findings, trace, raw, schedule, points, beside } = evidence;
  const other = replay?.trace;
  if (!other?.stacks || other.count !== trace.count || !sameWords(other.words, trace.words)) return evidence;
  const header = { ...trace.header, frames: other.header.frames };
  return asFile({ findings, trace: { ...trace, header, stacks: other.stacks }, raw, schedule, points, beside });
}

const sameWords = (one: Int32Array, other: Int32Array): boolean =>
  one.length === other.length && one.every((word, at) => word === other[at]);

/** Puts what the test said, and where, into a finding that only knows that it failed. */
function quoted(finding: Finding, subject: TestSubject, text: string): Finding {
  const said = /^(\S+\.go):(\d+): (.*)/m.exec(text);
  if (!said) return finding;
  const [, name = '', line, why] = said;
  const test = failedTest(text.slice(0, said.index)) ?? subject.test;
  const file = relativePath(subject.package.moduleDir, join(subject.package.dir, name));
  const whole = phrase`The test said: ${text.split('\n').join(' · ')}`;
  return withSite(
    retold({ ...finding, test }, { message: failsHere({ test, why }), explanation: [whole, ...finding.explanation] }),
    { file, line: Number(line), column: 1, operation: 'test-end' },
    phrase`the test fails here`,
  );
}

/** With a site before the others. */
const withSite = (finding: Finding, site: Omit<FindingSite, 'role'>, role: Phrase): Finding =>
  withPhrases({ ...finding, sites: [{ ...site, role: english(role) }, ...finding.sites] }, [role]);

/** Testing fails a test, or a subtest, for every race: that says nothing new. */
function failedForRace(text: string): boolean {
  const said = text.split('\n').filter((line) => !/^(?:--- FAIL: .*|\s*)$/.test(line));
  return said.length > 0 && said.every((line) => line.includes('race detected during execution of test'));
}

function dropTestFailure(findings: Finding[]): void {
  const index = findings.findIndex(({ kind }) => kind === 'test-failure');
  if (index >= 0) findings.splice(index, 1);
}

/** The innermost subtest that `go test` names as failed last. */
const failedTest = (text: string): string | undefined => [...text.matchAll(/^--- FAIL: (\S+) \(/gm)].at(-1)?.[1];

/** The trace knows the last operation before a panic; the stack knows the line. */
function panicPlaced(finding: Finding, subject: TestSubject, trace: Trace, stack: string): Finding {
  const frame = panicFrame(subject, stack);
  const [shown] = finding.sites;
  if (!frame) return finding;
  const file = relativePath(subject.package.moduleDir, frame.file);
  if (shown?.file === file && shown.line === frame.line) return finding;
  // A deferred operation stands in the stack with the line of the return.
  const own = finding.kind !== 'panic' && !isFollowed(trace);
  if (shown && own && functionAt(subject, shown) === shortFunction(frame.function)) return finding;
  const place = (path: string, line: number) => `(${basename(path)}:${line})`;
  const there = { file, line: frame.line, column: 1 };
  let told = finding;
  if (shown) {
    const [wrong, right] = [place(shown.file, shown.line), place(file, frame.line)];
    const moved = (said: Value): Value => withNames(said, (name) => name.replace(wrong, right));
    const movedStep = (step: string): Value => (/ panics /.test(step) ? moved(saidIn(finding, step)) : step);
    const last = phrase`the last operation before the panic`;
    const [, ...others] = finding.sites;
    const steps = finding.steps?.map((step) =>
      / panics /.test(step.text) ? { ...step, text: english(movedStep(step.text)), ...there } : step,
    );
    const sites = [{ ...shown, role: english(last) }, ...others];
    told = retold(
      { ...finding, sites, ...(steps ? { steps } : {}) },
      { message: moved(messageOf(finding)), explanation: finding.explanation.map(movedStep) },
    );
    told = withPhrases(told, [last]);
  }
  return withSite(told, { ...there, goroutine: shown?.goroutine, operation: 'panic' }, phrase`panics here`);
}

/** Before a wait in a package outside of the module: the place in the module that called it. */
function placeCallers(finding: Finding, subject: TestSubject, stacks: Record<string, string>): void {
  finding.sites = finding.sites.flatMap((site) => {
    const stack = stacks[site.goroutine ?? ''];
    if (stack === undefined || !site.role.startsWith('waits') || !isOutside(site.file)) return [site];
    const frame = callerIn(subject, stack);
    if (!frame) return [site];
    const file = relativePath(subject.package.moduleDir, frame.file);
    return [{ ...site, file, line: frame.line, column: 1 }, site];
  });
  // The first site is the one that is underlined.
  finding.sites.sort((a, b) => Number(isOutside(a.file)) - Number(isOutside(b.file)));
}

const isOutside = (file: string): boolean => file.startsWith('../') || isAbsolute(file);

/** The operation that the panic names was done: it is a deferred one that ran when the panic was under way. */
function isFollowed(trace: Trace): boolean {
  const events = [...eventsOf(trace)];
  const panic = events.findLast(({ operation }) => operation === 'panic');
  const last = events.findLast(({ goroutine, index }) => goroutine === panic?.goroutine && index < panic.index);
  return panic !== undefined && last?.site === panic.site;
}

const functionAt = (subject: TestSubject, { file, line, column }: FindingSite): string | undefined =>
  [...subject.sites.values()].find((site) => site.file === file && site.line === line && site.column === column)
    ?.function;

/** Where the test function stands: the place of a finding that has none of its own. */
function testSite(subject: TestSubject): Omit<FindingSite, 'role'> {
  const test = subject.package.tests.find(({ name }) => name === subject.test);
  const file = relativePath(subject.package.moduleDir, test?.file ?? subject.package.dir);
  return { file, line: test?.line ?? 1, column: test?.column ?? 1, operation: 'start' };
}
