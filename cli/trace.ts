/** `lockstep trace`: shows recorded traces. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTrace } from '../core/trace/read';
import { printTrace } from '../core/trace/text';
import { eventsOf } from '../core/trace/trace';
import { errorText, type Failure, failed } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readWord } from './flags';

export const trace: Verb = {
  name: 'trace',
  usage: 'trace print TRACE [--format text|json]',
  summary: 'show a recorded trace',
  flags: { format: 'value' },
  run,
};

async function run({ text, positionals }: Flags, { terminal, directory }: Context): Promise<ExitCode | Failure> {
  const [action, file, ...more] = positionals;
  if (action !== 'print') return failed(`lockstep trace can print: lockstep ${trace.usage}`);
  if (file === undefined || more.length > 0) return failed('say which trace to print: lockstep trace print FILE');
  const format = readWord('format', text.get('format') ?? 'text', ['text', 'json']);
  if (!format.ok) return format;

  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(directory, file));
  } catch (error) {
    return failed(errorText(error));
  }
  const reading = readTrace(bytes);
  if (!reading.trace) return failed(`${file}: ${reading.problems.join(' ')}`);
  for (const problem of reading.problems) terminal.complain(`${file}: ${problem}`);
  switch (format.value) {
    case 'text':
      terminal.print(printTrace(reading.trace));
      break;
    case 'json':
      terminal.print(JSON.stringify({ header: reading.trace.header, events: [...eventsOf(reading.trace)] }, null, 2));
      break;
  }
  return EXIT.clean;
}
