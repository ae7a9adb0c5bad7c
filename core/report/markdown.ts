/** A summary in GitHub's Markdown, as for `$GITHUB_STEP_SUMMARY`. */
import type { Finding, TestReport } from '../../protocol/finding';
import { KIND_TEXTS } from './kinds';
import { alsoSeenLines, counted, type Report } from './report';

/** Rows of a table at most: a summary that is too long is not shown at all. */
const MAX_ROWS = 100;

export function markdownOf(report: Report): string {
  const { findings, tests, problems } = report;
  const schedules = tests.reduce((sum, test) => sum + test.schedules, 0);
  const ran = tests.length === 0 ? '' : ` in ${counted(schedules, 'interleaving')} of ${counted(tests.length, 'test')}`;
  const parts = [
    `## Lockstep: ${findings.length === 0 ? 'no bug' : counted(findings.length, 'finding')}${ran}`,
    ...(problems.length === 0 ? [] : [problems.map((problem) => `- ⚠ ${text(problem)}`).join('\n')]),
    ...(findings.length === 0 ? [] : [findingTable(findings), ...findings.slice(0, MAX_ROWS).map(details)]),
    ...(tests.length === 0 ? [] : [testTable(tests)]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function findingTable(findings: readonly Finding[]): string {
  const rows = findings
    .slice(0, MAX_ROWS)
    .map(({ kind, verdict, sites, test, message }) => [
      `${KIND_TEXTS[kind].title} (${verdict})`,
      sites[0] ? code(`${sites[0].file}:${sites[0].line}`) : '',
      test === undefined ? '' : code(test),
      text(message),
    ]);
  return table(['finding', 'place', 'test', 'what happens'], rows, findings.length);
}

function details(finding: Finding): string {
  const { kind, sites, explanation, schedule, id } = finding;
  const [site] = sites;
  const head = `${KIND_TEXTS[kind].title}${site ? ` at ${site.file}:${site.line}` : ''}`;
  return [
    `<details><summary>${text(head)}</summary>`,
    '',
    ...explanation.map((step, index) => `${index + 1}. ${text(step)}`),
    '',
    ...sites.map(({ file, line, role }) => `- ${code(`${file}:${line}`)}: ${text(role)}`),
    ...alsoSeenLines(finding).map((line) => `- ${text(line)}`),
    ...(schedule === undefined ? [] : ['', `Again: ${code(`lockstep replay ${id}`)}`]),
    '',
    '</details>',
  ].join('\n');
}

function testTable(tests: readonly TestReport[]): string {
  const rows = tests
    .slice(0, MAX_ROWS)
    .map(({ test, package: path, findings, schedules, coverage, problem }) => [
      code(test),
      code(path),
      problem !== undefined && findings.length === 0 ? text(problem) : counted(findings.length, 'finding'),
      schedules.toLocaleString('en'),
      `${coverage.sitesReached} of ${coverage.sites}`,
    ]);
  const head = ['test', 'package', 'result', 'interleavings', 'operations reached'];
  return [
    `<details><summary>${counted(tests.length, 'test')}</summary>`,
    '',
    table(head, rows, tests.length),
    '',
    '</details>',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[], all: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const more = all > rows.length ? ['', `… and ${(all - rows.length).toLocaleString('en')} more.`] : [];
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ...more].join('\n');
}

/** Plain text: nothing in it is markup, and it stays in its line. */
const text = (plain: string): string =>
  plain
    .replace(/\s+/gu, ' ')
    .replace(/[\\`*_{}[\]()#+!|~$-]/gu, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** Between more backticks than it has itself. In a table a bar ends the cell even so. */
function code(plain: string): string {
  const fence = '`'.repeat(1 + Math.max(0, ...[...plain.matchAll(/`+/gu)].map(([ticks]) => ticks.length)));
  const padded = plain.startsWith('`') || plain.endsWith('`') ? ` ${plain} ` : plain;
  return `${fence}${padded.replace(/\s+/gu, ' ').replaceAll('|', '\\|')}${fence}`;
}
