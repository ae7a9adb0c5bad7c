/** `lockstep replay --debug`: Delve in this terminal, at the run that a finding was found in. */

import { spawn } from 'node:child_process';
import { prepareDebugging } from '../engine/replay/debug';
import type { StoredTestOptions } from '../engine/replay/stored-test';
import { type Failure, failed } from '../engine/system/attempt';
import { english } from '../protocol/phrase';
import { type Context, EXIT, type ExitCode } from './context';

export async function debug(options: StoredTestOptions, { terminal }: Context): Promise<ExitCode | Failure> {
  const prepared = await prepareDebugging({ ...options, onStep: (step) => terminal.status(english(step)) });
  terminal.clearStatus();
  if (!prepared.ok) return prepared;
  const { delve, program, args, directory, environment, notice, close } = prepared.value;
  if (notice !== undefined) terminal.complain(english(notice));
  try {
    const end = await new Promise<string | undefined>((resolve) => {
      // Its commands may come from a file as well.
      const own = ['exec', program, '--wd', directory, '--allow-non-terminal-interactive'];
      const child = spawn(delve.path, [...own, '--', ...args], {
        stdio: 'inherit',
        env: { ...process.env, ...environment },
      });
      // It shares the terminal, so Ctrl-C reaches it; told to end otherwise, it ends what it debugs.
      options.signal?.addEventListener('abort', () => child.kill('SIGINT'));
      child.on('error', (error) => resolve(error.message));
      child.on('exit', () => resolve(undefined));
    });
    return end === undefined ? EXIT.clean : failed(`Delve (${delve.path}) could not be started: ${end}`);
  } finally {
    await close();
  }
}
