/** The command `lockstep`: picks the verb, turns Ctrl-C into cancellation, and ends with the verb's exit code. */
import { join } from 'node:path';
import { errorCode } from '../engine/system/attempt';
import { installationAt } from '../engine/system/installation';
import { killAllProcesses } from '../engine/system/processes';
import { analyze } from './analyze';
import { bench } from './bench';
import { check } from './check';
import { type Context, EXIT, type Verb } from './context';
import { dataset } from './dataset';
import { evaluate } from './evaluate';
import { readFlags } from './flags';
import { merge } from './merge';
import { minimise } from './minimise';
import { predict } from './predict';
import { record } from './record';
import { replay } from './replay';
import { Terminal } from './terminal';
import { test } from './test';
import { trace } from './trace';

const VERBS: readonly Verb[] = [
  test,
  merge,
  record,
  replay,
  minimise,
  check,
  analyze,
  trace,
  predict,
  dataset,
  evaluate,
  bench,
];

/** How long an orderly end may take after Ctrl-C, in milliseconds; a second Ctrl-C does not wait. */
const ORDERLY_MILLISECONDS = 10_000;

function usage(): string {
  const lines = VERBS.map((verb) => `  lockstep ${verb.usage}\n      ${verb.summary}`);
  return `Find, see and replay deadlocks, goroutine leaks and races in Go tests.\n\n${lines.join('\n')}\n`;
}

async function main(args: string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    if (name === undefined)
      terminal.complain(`say what to do: lockstep ${VERBS.map((known) => known.name).join(', ')} (lockstep --help)`);
    else terminal.print(usage());
    return name === undefined ? EXIT.failed : EXIT.clean;
  }
  const verb = VERBS.find((known) => known.name === name);
  if (!verb) {
    terminal.complain(`there is no "${name}"; lockstep knows ${VERBS.map((known) => known.name).join(', ')}`);
    return EXIT.failed;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.print(`lockstep ${verb.usage}\n    ${verb.summary}\n`);
    return EXIT.clean;
  }
  const flags = readFlags(rest, verb.flags);
  if (!flags.ok) {
    terminal.complain(flags.problem);
    return EXIT.failed;
  }
  const cancellation = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (cancellation.signal.aborted) end(EXIT.failed);
      cancellation.abort();
      setTimeout(() => end(EXIT.failed), ORDERLY_MILLISECONDS).unref();
    });
  }
  const context: Context = {
    terminal,
    directory: process.cwd(),
    signal: cancellation.signal,
    installation: installationAt(join(import.meta.dirname, '..')),
  };
  try {
    const ended = await verb.run(flags.value, context);
    if (typeof ended === 'number') return ended;
    terminal.complain(ended.problem);
    return EXIT.failed;
  } finally {
    terminal.clearStatus();
  }
}

function end(code: number): never {
  killAllProcesses();
  process.exit(code);
}

/** A fault of ours: with its stack, for a bug report. */
function fault(error: unknown): never {
  process.stderr.write(`lockstep: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  end(EXIT.failed);
}

process.on('uncaughtException', fault);
for (const stream of [process.stdout, process.stderr]) {
  // Whoever read our output has enough of it: `lockstep test | head`.
  stream.on('error', (error) => (errorCode(error) === 'EPIPE' ? end(EXIT.failed) : fault(error)));
}
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, fault);
