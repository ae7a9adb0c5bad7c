/** lockstep/findingList and lockstep/report: what the Findings view shows, and what leaves it as a text. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { intendedIn } from '../core/report/intended';
import { markdownOf } from '../core/report/markdown';
import { sarifOf } from '../core/report/sarif';
import { firstSeen } from '../engine/store/seen';
import { storeOf } from '../engine/store/store';
import { releaseOf } from '../engine/system/release';
import { sourceLines } from '../engine/system/source-lines';
import type { Finding } from '../protocol/finding';
import {
  FINDING_LIST,
  type FindingDetail,
  REPORT,
  REPORT_FORMATS,
  type ReportParams,
  type ReportResult,
  type TestReference,
} from '../protocol/messages';
import { packageFolder, placeOf } from './finding-place';
import { relativeTo, uriOf } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { anything, fields, findingReference, listOf, oneOf, optional } from './shapes';
import { bySeverity, sightingsOf, summaryOf, whoDoes } from './summary';
import { speakerOf, t } from './words';

interface Listed {
  root: string;
  finding: Finding;
  current: boolean;
  isStatic: boolean;
}

const REPORTED = fields<ReportParams>({
  format: oneOf(REPORT_FORMATS),
  findings: optional(listOf(fields(findingReference))),
});

export function register(context: ServerContext): void {
  onRequest(context, FINDING_LIST, anything, async (): Promise<FindingDetail[]> => {
    await context.storesRead();
    const files = new Map<string, Promise<TestReference | undefined>>();
    return Promise.all(listed(context).map((one) => detailOf(context, one, files)));
  });
  onRequest(context, REPORT, REPORTED, async ({ format, findings }: ReportParams): Promise<ReportResult> => {
    await context.storesRead();
    const wanted = listed(context).filter(
      ({ root, finding }) =>
        findings === undefined || findings.some((one) => one.id === finding.id && one.root === uriOf(root)),
    );
    const all = wanted.map(({ root, finding }): Finding => {
      const intended = intendedIn(finding, context.settings.at(placeOf(root, finding)).intended);
      return intended === undefined ? finding : { ...finding, intended: intended.reason };
    });
    const [root = ''] = wanted.map((one) => one.root);
    const line = await sourceLines(
      all.flatMap(({ sites }) => sites.map(({ file }) => file)),
      root,
    );
    const report = { findings: all, tests: [], problems: [], line };
    switch (format) {
      case 'markdown':
        return { text: markdownOf(report) };
      case 'sarif':
        return {
          text: `${JSON.stringify(sarifOf(report, { verb: 'test', ...(await releaseOf(context.installation(undefined).root)) }), null, 2)}\n`,
        };
      case 'json':
        return { text: `${JSON.stringify({ version: 1, findings: all }, null, 2)}\n` };
    }
  });
}

function listed({ findings, diagnostics }: ServerContext): Listed[] {
  const placed = new Map(diagnostics.dynamic().map((one) => [`${one.root} ${one.finding.id}`, one]));
  const stored = findings.all().map(({ root, finding }): Listed => {
    const current = placed.get(`${root} ${finding.id}`)?.current === true;
    return { root, finding, current, isStatic: false };
  });
  const suspected = diagnostics
    .suspicions()
    .map(({ root, finding }): Listed => ({ root, finding, current: true, isStatic: true }));
  return [...stored, ...suspected].sort((one, other) => bySeverity(one.finding, other.finding));
}

async function detailOf(
  { settings, diagnostics }: ServerContext,
  { root, finding, current, isStatic }: Listed,
  files: Map<string, Promise<TestReference | undefined>>,
): Promise<FindingDetail> {
  const summary = summaryOf(root, finding);
  // Lines as they are now, where they can be found.
  const placed = diagnostics.dynamic().find((one) => one.root === root && one.finding.id === finding.id);
  const sites = placed?.sites.map(({ site, uri, range }) => ({
    uri,
    position: range.start,
    text: whoDoes(site, speakerOf(finding)),
  }));
  const key = `${root} ${finding.package} ${finding.test}`;
  let again = files.get(key);
  if (again === undefined) {
    again = isStatic ? Promise.resolve(undefined) : testOf(root, finding);
    files.set(key, again);
  }
  const reference = await again;
  const seen = isStatic ? undefined : await firstSeen(storeOf(root), finding.id);
  const intended = intendedIn(finding, settings.at(placeOf(root, finding)).intended);
  return {
    ...summary,
    ...(sites ? { sites } : {}),
    current,
    isStatic,
    explanation: finding.explanation.map(speakerOf(finding)),
    alsoSeen: sightingsOf(root, finding),
    evidence: evidenceOf(finding),
    ...(seen === undefined ? {} : { firstSeen: seen.toISOString() }),
    ...(reference === undefined ? {} : { again: reference }),
    ...(intended === undefined ? {} : { intended: intended.reason, intendedAs: intended.id }),
  };
}

function evidenceOf({ stats, foreign }: Finding): string[] {
  const said: string[] = [];
  if (stats && stats.replays > 0) said.push(t`replayed ${stats.replayed} of ${stats.replays} times`);
  if (stats && stats.schedules > 0) {
    said.push(t`first in schedule ${stats.firstAt.toLocaleString('en')} of ${stats.schedules.toLocaleString('en')}`);
    said.push(stats.preemptions === 1 ? t`1 preemption` : t`${stats.preemptions} preemptions`);
  }
  if (foreign) said.push(t`code outside of Lockstep’s control took part`);
  return said;
}

/** The test of a finding, in the file of its package that declares it. */
async function testOf(root: string, finding: Finding): Promise<TestReference | undefined> {
  const { test } = finding;
  if (test === undefined) return undefined;
  const folder = await packageFolder(root, finding);
  if (folder === undefined) return undefined;
  const [name = test] = test.split('/');
  const names = await readdir(folder).catch(() => []);
  for (const file of names.filter((one) => one.endsWith('_test.go'))) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    if (text.includes(`func ${name}(`))
      return { uri: uriOf(join(root, relativeTo(root, join(folder, file)))), test: name };
  }
  return undefined;
}
