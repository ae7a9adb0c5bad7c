/** What is built again, and what is not, with real Go. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildRequest, type BuiltPackage, buildTests, disposeBuild } from '../../../engine/build/build';
import { installationAt } from '../../../engine/system/installation';
import { english } from '../../../protocol/phrase';
import { temporaryDirectory } from './temporary';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TEST = (name: string) =>
  `import "testing"\n\nfunc ${name}(t *testing.T) {\n\tch := make(chan int, 1)\n\tch <- 1\n}\n`;

describe('a build', function () {
  this.timeout(120_000);
  const directory = temporaryDirectory();
  const module = () => join(directory(), 'm');
  const write = (name: string, text: string) => {
    writeFileSync(join(module(), name), text);
    // Files of just now are not trusted to keep their times.
    const earlier = new Date(Date.now() - 60_000);
    utimesSync(join(module(), name), earlier, earlier);
  };

  beforeEach(() => {
    for (const folder of ['a', 'b']) mkdirSync(join(module(), folder), { recursive: true });
    write('go.mod', 'module example.com/m\n\ngo 1.24\n');
    write('a/a_test.go', `package a\n\n${TEST('TestA')}`);
    write('b/b_test.go', `package b\n\nimport _ "embed"\n${TEST('TestB')}\n//go:embed data.txt\nvar data string\n`);
    write('b/data.txt', 'one');
  });

  async function build(more: Partial<BuildRequest> = {}): Promise<{ steps: string[]; packages: BuiltPackage[] }> {
    const steps: string[] = [];
    const built = await buildTests({
      installation: installationAt(ROOT, { cache: join(directory(), 'cache') }),
      directory: module(),
      patterns: ['./...'],
      onStep: (step) => steps.push(english(step)),
      ...more,
    });
    assert.ok(built.ok, JSON.stringify(built));
    const { packages } = built.value;
    for (const { binary } of packages) assert.ok(statSync(binary).size > 0, binary);
    await disposeBuild(built.value);
    return { steps: steps.filter((step) => step !== 'preparing the tracer'), packages };
  }
  const whole = ['instrumenting', 'building example.com/m/a', 'building example.com/m/b'];

  it('is done once while nothing changes', async () => {
    assert.deepEqual((await build()).steps, whole);
    const { steps, packages } = await build();
    assert.deepEqual(steps, []);
    assert.deepEqual(
      packages.map(({ tests }) => tests.map(({ name }) => name)),
      [['TestA'], ['TestB']],
    );
  });

  it('adds the packages that were not wanted before', async () => {
    assert.deepEqual((await build({ wants: (_, test) => test === 'TestA' })).steps, whole.slice(0, 2));
    assert.deepEqual((await build()).steps, whole.slice(2));
    assert.deepEqual((await build()).steps, []);
  });

  it('is done again when it would come out differently', async () => {
    await build();
    const changes: Record<string, () => void> = {
      'a file': () => write('a/a_test.go', `package a\n\n${TEST('TestA')}// changed\n`),
      'a new file': () => write('a/more.go', 'package a\n'),
      'a file less': () => rmSync(join(module(), 'a/more.go')),
      'an embedded file': () => write('b/data.txt', 'three'),
      'go.mod': () => write('go.mod', 'module example.com/m\n\ngo 1.24\n\n// changed\n'),
    };
    for (const [what, change] of Object.entries(changes)) {
      change();
      assert.equal((await build()).steps[0], 'instrumenting', what);
      assert.deepEqual((await build()).steps, [], what);
    }
    mkdirSync(join(module(), 'c'));
    write('c/c_test.go', `package c\n\n${TEST('TestC')}`);
    assert.equal((await build()).packages.length, 3, 'a new package');
    assert.equal((await build({ tags: 'other' })).steps[0], 'instrumenting', 'other tags');
    // What was replaced is not left lying there: the last build, and the one with other tags.
    const kept = readdirSync(join(directory(), 'cache', 'builds')).filter((name) => !name.endsWith('.json'));
    assert.equal(kept.length, 2);
  });

  it('is not trusted when a file changed while it was made', async () => {
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(module(), 'a/a_test.go'), later, later);
    assert.deepEqual((await build()).steps, whole);
    assert.deepEqual((await build()).steps, whole);
    write('a/a_test.go', `package a\n\n${TEST('TestA')}`);
    assert.deepEqual((await build()).steps, whole);
    assert.deepEqual((await build()).steps, []);
  });
});
