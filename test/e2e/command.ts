/** The command `lockstep` as people run it: a process of its own, from the sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const ROOT = join(import.meta.dirname, '..', '..');
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

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
  return spawn(process.execPath, ['--import', LOADER, join(ROOT, 'cli', 'main.ts'), ...args], {
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
