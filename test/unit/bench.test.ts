/** The commands that benches run, on machines that others use as well. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, temporaryDirectory, until } from './engine/temporary';

const modules = join(import.meta.dirname, '../../bench/modules');
const module = join(modules, 'run.mjs');

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

  it('loses no test but those that hang or end the process', () => {
    const at = directory();
    const hanging = join(at, 'hanging.test');
    writeFileSync(join(at, 'go.mod'), 'module hanging\n\ngo 1.24\n');
    writeFileSync(
      join(at, 'hanging_test.go'),
      `package hanging
import ("os"; "testing")
func TestPasses(t *testing.T) { t.Run("inner", func(t *testing.T) {}) }
func TestHangs(t *testing.T) { os.Stdin.Read(make([]byte, 1)); select {} }
func TestFails(t *testing.T) { t.Fail() }
func TestExits(t *testing.T) { os.Exit(1) }
func TestPanics(t *testing.T) { go panic("over"); select {} }
func TestSkips(t *testing.T) { t.Skip() }
`,
    );
    const built = spawnSync('go', ['test', '-c', '-vet=off', '-o', hanging], { cwd: at, encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    const source = `
      import { outcomes, testNames } from ${JSON.stringify(join(modules, 'outcomes.mjs'))};
      const found = ${JSON.stringify({ native: hanging, dir: at })};
      const names = testNames(found);
      const limits = { seconds: 40, longest: (name) => (name === 'TestHangs' ? 2 : 40) };
      const { tests, lost, missing } = await outcomes(found, found.native, { names, all: names, ...limits });
      console.log(JSON.stringify({ tests: Object.fromEntries(tests), lost, missing }));`;
    const said = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(said.stdout), {
      tests: { 'TestPasses/inner': 'pass', TestPasses: 'pass', TestFails: 'fail', TestSkips: 'skip' },
      lost: ['TestHangs', 'TestExits', 'TestPanics'],
      missing: [],
    });
  });

  it('takes tests evenly from all over a package', () => {
    const source = `
      import { spread } from ${JSON.stringify(join(modules, 'sample.mjs'))};
      console.log(JSON.stringify([spread([1, 2, 3], 3), spread([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)]));`;
    const said = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(said.stdout), [
      [1, 2, 3],
      [2, 5, 8],
    ]);
  });
});
