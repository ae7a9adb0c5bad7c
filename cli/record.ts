/** `lockstep record`: runs tests as Go schedules them, and says what the order of events shows. */
import { resolve } from 'node:path';
import { record as recordTests } from '../engine/record';
import type { RecordDocument } from '../protocol/finding';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { describeFinding } from './describe';
import { readFlags, readSeconds } from './flags';

export const record: Verb = {
  name: 'record',
  usage: 'record [packages] [--run RE] [--timeout 10m] [--tags LIST] [--out DIR] [--json]',
  summary: 'run tests as Go schedules them, and tell the races that what happened shows',
  run,
};

async function run(args: string[], context: Context): Promise<ExitCode> {
  const { terminal, directory } = context;
  const fail = (problem: string) => {
    terminal.complain(problem);
    return EXIT.failed;
  };
  const flags = readFlags(args, { run: 'value', timeout: 'value', tags: 'value', out: 'value', json: 'switch' });
  if (!flags.ok) return fail(flags.problem);
  const { text, switches, positionals } = flags.value;
  const seconds = readSeconds(text.get('timeout') ?? '10m');
  if (!seconds.ok) return fail(`--timeout: ${seconds.problem}`);
  const out = text.get('out');
  const result = await recordTests({
    installation: context.installation,
    directory,
    patterns: positionals.length > 0 ? positionals : ['.'],
    run: text.get('run'),
    tags: text.get('tags'),
    out: out === undefined ? undefined : resolve(directory, out),
    seconds: seconds.value,
    signal: context.signal,
    onStep: (step) => terminal.status(`${step} …`),
  });
  if (!result.ok) return fail(result.cancelled ? 'cancelled' : result.problem);
  const document = result.value;
  for (const problem of document.problems) terminal.complain(problem);
  if (context.signal.aborted) terminal.complain('cancelled; this is what was recorded until then');
  if (switches.has('json')) {
    terminal.print(JSON.stringify(document, null, 2));
  } else {
    for (const finding of document.findings) terminal.print(`${await describeFinding(finding, directory)}\n`);
    terminal.print(summary(document));
  }
  if (document.findings.length > 0) return EXIT.found;
  return context.signal.aborted || document.problems.length > 0 ? EXIT.failed : EXIT.clean;
}

function summary({ tests, findings }: RecordDocument): string {
  const lines = tests.map(({ package: path, test, result, events, dropped }) => {
    const more = dropped > 0 ? ` and ${dropped.toLocaleString('en')} more that were not kept` : '';
    return `${path} ${test}: ${result} (${events.toLocaleString('en')} events${more})`;
  });
  const found = findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`;
  return [...lines, '', `${found} in ${tests.length} recorded ${tests.length === 1 ? 'test' : 'tests'}`].join('\n');
}
