/** `lockstep record`: runs tests as Go schedules them, and says what the order of events shows. */

import { resolve } from 'node:path';
import { counted, countedFindings } from '../core/report/report';
import { record as recordTests } from '../engine/record';
import { type Failure, failed } from '../engine/system/attempt';
import type { Finding, RecordDocument } from '../protocol/finding';
import { english } from '../protocol/phrase';
import type { Context, ExitCode, Verb } from './context';
import { COVERAGE_FLAGS, declineCoverage } from './coverage';
import { type Flags, readSeconds } from './flags';
import { REPORT_FLAGS, REPORT_USAGE } from './reports';
import { tell } from './tell';

export const record: Verb = {
  name: 'record',
  usage: `record [packages] [--run RE] [--timeout 10m] [--tags LIST] [--out DIR] [--traces DIR] ${REPORT_USAGE}`,
  summary: 'run tests as Go schedules them, and tell the races that what happened shows',
  flags: {
    ...REPORT_FLAGS,
    run: 'value',
    timeout: 'value',
    tags: 'value',
    out: 'value',
    traces: 'value',
    ...COVERAGE_FLAGS,
  },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, signal } = context;
  const { text, positionals } = flags;
  const seconds = readSeconds(text.get('timeout') ?? '10m');
  if (!seconds.ok) return failed(`--timeout: ${seconds.problem}`);
  declineCoverage(flags, context);
  const out = text.get('out');
  const traces = text.get('traces');
  const result = await recordTests({
    installation: context.installation,
    directory,
    patterns: positionals.length > 0 ? positionals : ['.'],
    run: text.get('run'),
    tags: text.get('tags'),
    out: out === undefined ? undefined : resolve(directory, out),
    traces: traces === undefined ? undefined : resolve(directory, traces),
    seconds: seconds.value,
    signal,
    onStep: (step) => terminal.status(`${english(step)} …`),
    onNotice: (sentence) => terminal.complain(sentence),
  });
  if (!result.ok) return result;
  const document = result.value;
  const { findings, problems } = document;
  if (signal.aborted) terminal.complain('cancelled; this is what was recorded until then');
  const incomplete = signal.aborted || problems.length > 0;
  return tell(
    { verb: 'record', findings, problems, document, summary: (all) => summary(document, all), incomplete },
    flags,
    context,
  );
}

function summary({ tests }: RecordDocument, findings: readonly Finding[]): string {
  const lines = tests.map(({ package: path, test, result, events, dropped }) => {
    const more = dropped > 0 ? ` and ${dropped.toLocaleString('en')} more that were not kept` : '';
    return `${path} ${test}: ${result} (${events.toLocaleString('en')} events${more})`;
  });
  return [...lines, '', `${countedFindings(findings)} in ${counted(tests.length, 'recorded test')}`].join('\n');
}
