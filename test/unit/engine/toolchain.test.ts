import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outsideModuleCache } from '../../../engine/build/chosen-toolchain';
import { raceSupport } from '../../../engine/build/race-support';
import { findToolchain, usableFlags } from '../../../engine/build/toolchain';
import { buildTracer } from '../../../engine/build/tracer-command';
import { cacheDirectory, installationAt } from '../../../engine/system/installation';
import { temporaryDirectory } from './temporary';

describe('toolchain', () => {
  const directory = temporaryDirectory();

  /** A command that answers `go env -json` with these values. */
  function fakeGo(values: Record<string, string>, status = 0): string {
    const place = join(directory(), 'bin');
    mkdirSync(place, { recursive: true });
    const answer = JSON.stringify({ GOVERSION: '', GOROOT: '/nowhere', GOFLAGS: '', ...values });
    writeFileSync(
      join(place, 'go'),
      `#!/bin/sh\n${status ? 'echo "go: broken" >&2' : `echo '${answer}'`}\nexit ${status}\n`,
    );
    chmodSync(join(place, 'go'), 0o755);
    return place;
  }

  const find = (environment: NodeJS.ProcessEnv, go?: string) =>
    findToolchain({ directory: directory(), environment: { HOME: directory(), ...environment }, go });
  const problem = async (environment: NodeJS.ProcessEnv, go?: string) => {
    const found = await find(environment, go);
    return found.ok ? '' : found.problem;
  };

  it('says what to do when a setting names no command', async () => {
    assert.match(await problem({ PATH: '' }, '/nowhere/go'), /no go command at \/nowhere\/go; correct the setting/);
    assert.match(await problem({ PATH: directory(), GO: 'gotip' }), /no go command at gotip/);
  });

  it('takes the go command on the PATH and puts its directory first', async () => {
    const place = fakeGo({ GOVERSION: 'go1.25.3' });
    const found = await find({ PATH: `/empty:${place}` });
    assert.ok(found.ok);
    assert.equal(found.value.go, join(place, 'go'));
    assert.equal(found.value.version, 'go1.25.3');
    assert.equal(found.value.environment.PATH, `${place}:/empty:${place}`);
  });

  for (const [version, accepted] of [
    ['go1.23.9', false],
    ['go1.24', true],
    ['go1.24rc1', true],
    ['go1.30.1', true],
    ['devel go1.27-abcdef', true],
  ] as const) {
    it(`${accepted ? 'accepts' : 'refuses'} ${version}`, async () => {
      const said = await problem({ PATH: fakeGo({ GOVERSION: version }) });
      assert.equal(said, accepted ? '' : `${version} is too old; Lockstep needs Go 1.24 or newer (go.dev/dl).`);
    });
  }

  it('goes around the module cache, where no overlay reaches', async () => {
    const moduleCache = join(directory(), 'mod');
    const goroot = join(moduleCache, 'toolchain@v0.0.1');
    mkdirSync(goroot, { recursive: true });
    const found = await find({ PATH: fakeGo({ GOVERSION: 'go1.25.0', GOROOT: goroot, GOMODCACHE: moduleCache }) });
    assert.ok(found.ok);
    const cache = join(directory(), 'cache');
    for (const _ of ['made', 'found again']) {
      const usable = await outsideModuleCache(found.value, cache);
      assert.ok(usable.ok);
      assert.ok(usable.value.goroot.startsWith(cache));
      assert.equal(realpathSync(usable.value.goroot), realpathSync(goroot));
      assert.equal(usable.value.environment.GOROOT, usable.value.goroot);
      assert.ok(usable.value.environment.PATH?.startsWith(join(usable.value.goroot, 'bin')));
    }
    const elsewhere = { ...found.value, goroot: '/usr/local/go' };
    assert.deepEqual(await outsideModuleCache(elsewhere, cache), { ok: true, value: elsewhere });
  });

  it('tells what a go command says that does not work', async () => {
    assert.match(await problem({ PATH: fakeGo({}, 1) }), /does not work: broken$/);
  });

  it('leaves out flags that switch the instrumentation off, and says so', async () => {
    const found = await find({ PATH: fakeGo({ GOVERSION: 'go1.26.0', GOFLAGS: '-mod=mod -cover' }) });
    assert.ok(found.ok);
    assert.equal(found.value.environment.GOFLAGS, '-mod=mod');
    assert.match(found.value.notices.join(' '), /^-cover of GOFLAGS is left out: /);
    for (const [flags, kept, notices] of [
      ['-mod=vendor -tags=cover,race -overlay=x.json', '-mod=vendor -tags=cover,race -overlay=x.json', 0],
      ['-v \'-coverpkg=./a, ./b\' --race "-ldflags=-X a.b=c -race"', '-v "-ldflags=-X a.b=c -race"', 2],
      ['-cover=true -covermode=atomic', '-v=false', 1],
      ['', '-v=false', 0],
    ] as const) {
      const usable = usableFlags(flags);
      assert.deepEqual([usable.kept, usable.notices.length], [kept, notices]);
    }
  });

  it('says whether there is a race detector, also with flags of the settings', async () => {
    const values = { GOVERSION: 'go1.26.0', GOOS: 'linux', GOARCH: 'amd64', CC: process.execPath };
    const request = { directory: directory(), flags: ['-tags=a,b', '-ldflags=-s -w'] };
    const found = await findToolchain({
      ...request,
      environment: { PATH: fakeGo({ ...values, CGO_ENABLED: '1' }) },
    });
    assert.ok(found.ok);
    assert.deepEqual(await raceSupport(found.value), { ok: true, value: undefined });
    const without = await raceSupport({ ...found.value, variables: { ...found.value.variables, CGO_ENABLED: '0' } });
    assert.match(without.ok ? '' : without.problem, /needs cgo/);
  });

  it('puts the cache where each system wants it', () => {
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/x', HOME: '/h' }, 'linux'), '/x/lockstep');
    assert.equal(cacheDirectory({ HOME: '/h' }, 'linux'), '/h/.cache/lockstep');
    assert.equal(cacheDirectory({ HOME: '/h' }, 'darwin'), '/h/Library/Caches/lockstep');
  });

  describe('the tracer', () => {
    const toolchain = {
      go: '/nowhere/go',
      version: 'go1.26.0',
      goroot: '/nowhere',
      moduleCache: '',
      environment: {},
      notices: [],
      variables: {},
      flags: [],
    };

    it('is missed with one sentence', async () => {
      const built = await buildTracer(installationAt(directory(), { cache: directory() }), toolchain);
      assert.match(built.ok ? '' : built.problem, /tracer's sources are missing; install Lockstep again/);
    });

    it('says that the cache cannot be made', async () => {
      mkdirSync(join(directory(), 'tracer'));
      writeFileSync(join(directory(), 'cache'), 'in the way');
      const built = await buildTracer(installationAt(directory(), { cache: join(directory(), 'cache') }), toolchain);
      assert.match(built.ok ? '' : built.problem, /cannot be made, because a file is in the way/);
    });
  });
});
