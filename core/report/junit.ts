/** JUnit XML, as CI services read it: a suite for each package, a case for each test, a failure for its findings. */
import { create } from 'xmlbuilder2';
import type { Finding, TestReport } from '../../protocol/finding';
import { separated } from './intended';
import { KIND_TEXTS } from './kinds';
import { alsoSeenLines, counted, type Report } from './report';

export function junitOf({ findings, tests, problems }: Report): string {
  const { open, intended } = separated(findings);
  const problemsById = new Map(open.map((finding) => [finding.id, finding]));
  const intendedById = new Map(intended.map((finding) => [finding.id, finding]));
  const shownBy = (test: TestReport): Finding[] => test.findings.flatMap((id) => problemsById.get(id) ?? []);
  const isError = (test: TestReport): boolean => test.problem !== undefined && shownBy(test).length === 0;
  const totals = (of: readonly TestReport[], more: number) => ({
    tests: of.length + more,
    failures: of.filter((test) => shownBy(test).length > 0).length,
    errors: of.filter(isError).length + more,
    skipped: 0,
    time: of.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3),
  });
  const suites = new Map<string, TestReport[]>();
  for (const test of tests) suites.set(test.package, [...(suites.get(test.package) ?? []), test]);
  // A message may hold what XML cannot.
  const document = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '\ufffd' });
  const root = document.ele('testsuites', { name: 'lockstep', ...totals(tests, problems.length) });
  for (const [name, own] of suites) {
    const suite = root.ele('testsuite', { name, ...totals(own, 0) });
    for (const test of own) {
      const element = suite.ele('testcase', { classname: name, name: test.test, time: test.seconds.toFixed(3) });
      const shown = shownBy(test);
      const [first] = shown;
      if (first) {
        // Schemas differ in whether a case may fail twice.
        const message =
          shown.length === 1 ? first.message : `${counted(shown.length, 'finding')}, the first: ${first.message}`;
        element.ele('failure', { type: first.kind, message }).txt(shown.map(described).join('\n\n'));
      } else if (test.problem !== undefined) {
        element.ele('error', { type: 'not-explored', message: test.problem }).txt(test.problem);
      }
      const asIntended = test.findings.flatMap((id) => intendedById.get(id) ?? []);
      element.ele('system-out').txt([ran(test), ...asIntended.map(toldAsIntended)].join('\n'));
    }
  }
  if (problems.length > 0) {
    const attributes = { tests: problems.length, failures: 0, errors: problems.length, skipped: 0, time: '0.000' };
    const suite = root.ele('testsuite', { name: 'lockstep', ...attributes });
    for (const [index, message] of problems.entries()) {
      suite
        .ele('testcase', { classname: 'lockstep', name: `problem ${index + 1}`, time: '0.000' })
        .ele('error', { type: 'problem', message })
        .txt(message);
    }
  }
  return document.end({ prettyPrint: true });
}

function described(finding: Finding): string {
  const { id, kind, verdict, message, sites, explanation, schedule } = finding;
  return [
    `${KIND_TEXTS[kind].title} (${verdict}): ${message}`,
    ...sites.map(({ file, line, column, role }) => `  ${file}:${line}:${column}: ${role}`),
    ...alsoSeenLines(finding).map((line) => `  ${line}`),
    ...explanation.map((step, index) => `  ${index + 1}. ${step}`),
    ...(schedule === undefined ? [] : [`  Again: lockstep replay ${id}`]),
  ].join('\n');
}

const toldAsIntended = ({ kind, message, intended }: Finding): string =>
  `Intended (${intended}): ${KIND_TEXTS[kind].title}: ${message}`;

const ran = ({ schedules, coverage }: TestReport): string =>
  `${counted(schedules, 'interleaving')}, ${coverage.sitesReached} of ${coverage.sites} operations reached`;
