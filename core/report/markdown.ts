/** A summary in GitHub's Markdown, as for `$GITHUB_STEP_SUMMARY`. */
import type { Finding, TestReport } from '../../protocol/finding';
import { separated } from './intended';
import { KIND_TEXTS } from './kinds';
import { alsoSeenLines, andIntended, counted, type Report } from './report';

/** Rows of a table at most: a summary that is too long is not shown at all. */
const MAX_ROWS = 100;

export function markdownOf(report: Report): string {
  const { findings, tests, problems } = report;
  const { open, intended } = separated(findings);
  const schedules = tests.reduce((sum, test) => sum + test.schedules, 0);
  const ran = tests.length === 0 ? '' : ` in ${counted(schedules, 'interleaving')} of ${counted(tests.length, 'test')}`;
  const parts = [
    `## Lockstep: ${open.length === 0 ? 'no bug' : counted(open.length, 'finding')}${andIntended(intended.length)}${ran}`,
    ...(problems.length === 0 ? [] : [problems.map((problem) => `- ⚠ ${text(problem)}`).join('\n')]),
    ...(open.length === 0 ? [] : [findingTable(open), ...open.slice(0, MAX_ROWS).map(details)]),
    ...(intended.length === 0 ? [] : [intendedTable(intended)]),
    ...(tests.length === 0 ? [] : [testTable(tests, new Set(intended.map(({ id }) => id)))]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function findingTable(findings: readonly Finding[]): string {
  const rows = findings.slice(0, MAX_ROWS).map((finding) => [...placed(finding), text(finding.message)]);
  return table(['finding', 'place', 'test', 'what happens'], rows, findings.length);
}

function intendedTable(findings: readonly Finding[]): string {
  const rows = findings.slice(0, MAX_ROWS).map((finding) => [...placed(finding), text(finding.intended ?? '')]);
  const summary = `${counted(findings.length, 'finding')} intended`;
  const all = table(['finding', 'place', 'test', 'why it is as it should be'], rows, findings.length);
  return [`<details><summary>${summary}</summary>`, '', all, '', '</details>'].join('\n');
}

const placed = ({ kind, verdict, sites: [site], test }: Finding): string[] => [
  `${KIND_TEXTS[kind].title} (${verdict})`,
  site ? code(`${site.file}:${site.line}`) : '',
  test === undefined ? '' : code(test),
];

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

function testTable(tests: readonly TestReport[], intended: ReadonlySet<string>): string {
  const rows = tests
    .slice(0, MAX_ROWS)
    .map(({ test, package: path, findings, schedules, coverage, problem }) => [
      code(test),
      code(path),
      problem !== undefined && findings.length === 0
        ? text(problem)
        : counted(findings.filter((id) => !intended.has(id)).length, 'finding'),
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
