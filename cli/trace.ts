/** `lockstep trace`: shows recorded traces. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readTrace } from '../core/trace/read';
import { printTrace } from '../core/trace/text';
import { eventsOf } from '../core/trace/trace';
import { errorText } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { readFlags, readWord } from './flags';

export const trace: Verb = {
  name: 'trace',
  usage: 'trace print TRACE [--format text|json]',
  summary: 'show a recorded trace',
  run,
};

async function run(args: string[], context: Context): Promise<ExitCode> {
  const { terminal, directory } = context;
  const fail = (problem: string) => {
    terminal.complain(problem);
    return EXIT.failed;
  };
  const flags = readFlags(args, { format: 'value' });
  if (!flags.ok) return fail(flags.problem);
  const [action, file, ...more] = flags.value.positionals;
  if (action !== 'print') return fail(`lockstep trace can print: lockstep ${trace.usage}`);
  if (file === undefined || more.length > 0) return fail('say which trace to print: lockstep trace print FILE');
  const format = readWord('format', flags.value.text.get('format') ?? 'text', ['text', 'json']);
  if (!format.ok) return fail(format.problem);

  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(directory, file));
  } catch (error) {
    return fail(errorText(error));
  }
  const reading = readTrace(bytes);
  if (!reading.trace) return fail(`${file}: ${reading.problems.join(' ')}`);
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
