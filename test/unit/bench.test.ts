/** The commands that benches run, on machines that others use as well. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, temporaryDirectory, until } from './engine/temporary';

const module = join(import.meta.dirname, '../../bench/modules/run.mjs');

/** A node that runs a command as the stages of bench/modules.mjs do, and prints what came of it. */
function stage(command: string[], options: object = {}) {
  const source = `
    import { run } from ${JSON.stringify(module)};
    console.log(JSON.stringify(await run('sh', ${JSON.stringify(command)}, ${JSON.stringify(options)})));`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('a stage of bench/modules.mjs', function () {
  this.timeout(60_000);
  if (process.platform === 'win32') return;
  const directory = temporaryDirectory();

  it('leaves none of its commands behind when it is ended', async () => {
    const file = join(directory(), 'pid');
    const child = stage(['-c', `sleep 1000 & echo $! > ${file}; wait`]);
    await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 143);
    await until(() => !isAlive(Number(readFileSync(file, 'utf8'))));
  });

  it('says how a command ended and what processor time it and its children took', async () => {
    const busy = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo out; echo err >&2; exit 3';
    const child = stage(['-c', `sh -c '${busy}'`]);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    const { ok, code, processor, stdout, stderr, timedOut } = JSON.parse(Buffer.concat(chunks).toString());
    assert.deepEqual(
      { ok, code, stdout, stderr, timedOut },
      { ok: false, code: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false },
    );
    assert.ok(processor > 0);
  });
});
