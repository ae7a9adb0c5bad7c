/** The command `lockstep` as people run it: the bundle that ships, a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const COMMAND = join(ROOT, 'dist', 'cli.cjs');

/** When it was last written to, in ms; 0 where there is no such file. */
const written = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

// Tests of a stale bundle would be of other code than what one sees.
const sources = ['cli', 'core', 'engine', 'protocol'].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((file) => join(ROOT, room, file)),
);
const stale = sources.find((file) => written(file) > written(COMMAND));
if (stale) throw new Error(`dist/ is older than ${stale}: run npm run build.`);

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function start(
  directory: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], {
    cwd: directory,
    env: environment,
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

export function ended(child: ChildProcess): Promise<Ended> {
  const result: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => {
    result.stdout += text.toString();
  });
  child.stderr?.on('data', (text: Buffer) => {
    result.stderr += text.toString();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...result, code })));
}
