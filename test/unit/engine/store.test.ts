import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepCounts, readCounts } from '../../../engine/store/counts';
import { sourcesHash } from '../../../engine/store/hashes';
import { firstSeen } from '../../../engine/store/seen';
import {
  copyFinding,
  endExploration,
  findStored,
  readFindings,
  readSchedule,
  removeFinding,
  type Store,
  storeFor,
  storeOf,
  writeFinding,
} from '../../../engine/store/store';
import type { Finding, OutcomeCount } from '../../../protocol/finding';
import { SCHEDULE_VERSION, type Schedule } from '../../../protocol/schedule';
import { temporaryDirectory } from './temporary';

function finding(id: string, test = 'TestA'): Finding {
  return {
    id,
    kind: 'deadlock',
    verdict: 'confirmed',
    message: 'a waits for b',
    explanation: ['a waits', 'b waits'],
    package: 'example.com/m/p',
    test,
    sites: [{ file: 'p/a.go', line: 3, column: 2, role: 'waits', operation: 'lock' }],
    analysis: { name: 'deadlock', sound: true },
  };
}

const schedule: Schedule = {
  version: SCHEDULE_VERSION,
  package: 'example.com/m/p',
  test: 'TestA',
  seed: '1',
  strategy: 'random',
  sourceHash: '00',
  preemptions: 0,
  sites: [],
  steps: [{ g: '1', op: 'start', site: -1 }],
};

const count = (times: number): OutcomeCount => ({
  file: 'p/a.go',
  line: 3,
  column: 2,
  operation: 'lock',
  expression: 'mu',
  outcomes: { 'at-once': times },
  runs: times,
});

describe('store', () => {
  const directory = temporaryDirectory();
  let store: Store;
  const write = (path: string, text: string) => writeFileSync(join(directory(), path), text);
  const ids = async () => (await readFindings(store)).findings.map(({ id }) => id);

  beforeEach(() => {
    store = storeOf(directory());
    mkdirSync(join(directory(), 'p'));
    write('go.mod', 'module example.com/m\n');
    write('p/a.go', 'package p\n');
  });

  it('is not made by reading', async () => {
    assert.deepEqual(await readFindings(store), { findings: [], warnings: [] });
    assert.equal(existsSync(store.directory), false);
  });

  it('gives back what was written and ignores itself', async () => {
    const trace = Uint8Array.of(1, 2, 3);
    const stored = await writeFinding(store, finding('0123456789ab'), { schedule, trace });
    assert.ok(stored.ok);
    assert.equal(readFileSync(join(store.directory, '.gitignore'), 'utf8'), '*\n');
    assert.deepEqual(await readFindings(store), { findings: [stored.value], warnings: [] });
    const sourceHash = await sourcesHash(store, stored.value, schedule);
    assert.deepEqual(await readSchedule(store, stored.value), { ok: true, value: { ...schedule, sourceHash } });
    write('p/a.go', 'package p // edited\n');
    assert.notEqual(await sourcesHash(store, stored.value, schedule), sourceHash);
    assert.deepEqual([...readFileSync(join(store.directory, stored.value.trace ?? ''))], [1, 2, 3]);
    const left = readdirSync(store.directory, { recursive: true }).filter((name) => String(name).endsWith('.tmp'));
    assert.deepEqual(left, []);
  });

  it('does not replace what is confirmed by less', async () => {
    const confirmed = await writeFinding(store, finding('0123456789ab'), { schedule });
    const again = await writeFinding(store, { ...finding('0123456789ab'), verdict: 'predicted' }, {});
    assert.deepEqual(again, confirmed);
  });

  it('skips half-written and foreign files with a warning and leaves them alone', async () => {
    await writeFinding(store, finding('0123456789ab'), {});
    const torn = join(store.directory, 'findings', 'torn.json');
    const foreign = join(store.directory, 'findings', 'foreign.json');
    writeFileSync(torn, '{"id": "0123');
    writeFileSync(foreign, '{"id": "0123456789ff", "kind": "made-up"}');
    const { findings, warnings } = await readFindings(store);
    assert.deepEqual(
      findings.map(({ id }) => id),
      ['0123456789ab'],
    );
    assert.equal(warnings.length, 2);
    assert.ok(existsSync(torn) && existsSync(foreign));
  });

  it('finds a finding by the beginning of its id, and says which there are', async () => {
    await writeFinding(store, finding('0123456789ab'), {});
    await writeFinding(store, finding('0199999999ab'), {});
    const found = await findStored(store, '0123');
    assert.equal(found.ok && found.value.id, '0123456789ab');
    const several = await findStored(store, '01');
    assert.match(several.ok ? '' : several.problem, /2 findings begin with "01"/);
    const none = await findStored(store, 'ff');
    assert.match(none.ok ? '' : none.problem, /no finding ff .*0123456789ab, 0199999999ab/);
  });

  it('forgets findings of a test that a changed source no longer shows', async () => {
    const [old, other, met] = [finding('00000000000a'), finding('00000000000b', 'TestB'), finding('00000000000c')];
    for (const one of [old, other, met]) await writeFinding(store, one, {});
    const end = (findings: Finding[], whole = true) => endExploration(store, old.package, 'TestA', findings, whole);

    await end([old, met]);
    await end([met]);
    assert.deepEqual(await ids(), [old.id, other.id, met.id], 'the source is the same: nothing is forgotten');

    write('p/a.go', 'package p // edited\n');
    await end([met], false);
    assert.deepEqual(await ids(), [old.id, other.id, met.id], 'cut short: nothing is forgotten');
    await end([met]);
    assert.deepEqual(await ids(), [other.id, met.id]);
  });

  describe('of what two tests have shown', () => {
    const id = '0123456789ab';
    const trace = Uint8Array.of(1);
    const by = (test: string, preemptions: number, steps: number) => {
      const stats = { ...{ schedules: 9, firstAt: 1, replays: 5, replayed: 5, seconds: 1 }, preemptions };
      const step = { g: '1', op: 'start', site: -1 } as const;
      const found = { ...finding(id, test), message: `seen in ${test}`, stats };
      return [found, { trace, schedule: { ...schedule, test, preemptions, steps: Array(steps).fill(step) } }] as const;
    };
    const told = async () => {
      const [stored] = (await readFindings(store)).findings;
      const kept = stored && (await readSchedule(store, stored));
      assert.ok(kept?.ok);
      assert.equal(kept.value.test, stored?.test, 'the schedule is that of the test that is named');
      return [stored?.test, stored?.message, stored?.alsoSeen?.map(({ test, message }) => [test, message])];
    };

    for (const [smaller, larger] of [
      [by('TestA', 0, 9), by('TestB', 1, 3)],
      [by('TestB', 1, 3), by('TestA', 1, 4)],
    ] as const) {
      it(`keeps the smaller schedule, of ${smaller[0].test}, and names the other test`, async () => {
        const one = [smaller[0].test, smaller[0].message, [[larger[0].test, larger[0].message]]];
        await writeFinding(store, ...larger);
        const first = await firstSeen(store, id);
        await writeFinding(store, ...smaller);
        assert.deepEqual(await told(), one);
        await writeFinding(store, ...larger);
        assert.deepEqual(await told(), one);
        assert.deepEqual(await firstSeen(store, id), first);
      });
    }

    it('lets a test tell its own anew, and not what the other has shown', async () => {
      await writeFinding(store, ...by('TestA', 1, 9));
      await writeFinding(store, ...by('TestB', 1, 3));
      const [anew, evidence] = by('TestB', 2, 9);
      await writeFinding(store, { ...anew, message: 'told anew' }, evidence);
      assert.deepEqual(await told(), ['TestB', 'told anew', [['TestA', 'seen in TestA']]]);
    });

    it('replaces what was found before an edit, also what was confirmed by less', async () => {
      await writeFinding(store, ...by('TestA', 0, 3));
      write('p/a.go', 'package p // edited\n');
      await writeFinding(store, ...by('TestB', 5, 9));
      assert.deepEqual(await told(), ['TestB', 'seen in TestB', undefined]);
      write('p/a.go', 'package p // once more\n');
      await writeFinding(store, { ...finding(id, 'TestC'), verdict: 'predicted' }, {});
      const [only] = (await readFindings(store)).findings;
      assert.deepEqual([only?.test, only?.verdict, only?.alsoSeen], ['TestC', 'predicted', undefined]);
    });

    it('does so of another store, whose date it takes where that is the earlier', async () => {
      const other = storeOf(directory(), join(directory(), 'other'));
      await writeFinding(other, ...by('TestB', 0, 3));
      const since = new Date(Date.UTC(2020, 0, 1));
      utimesSync(join(other.directory, 'seen', id), since, since);
      await writeFinding(store, ...by('TestA', 1, 3));
      const both = ['TestB', 'seen in TestB', [['TestA', 'seen in TestA']]];
      for (let times = 0; times < 2; times++) {
        for (const one of (await readFindings(other)).findings) await copyFinding(other, store, one);
        assert.deepEqual(await told(), both);
      }
      assert.deepEqual(await firstSeen(store, id), since);
    });
  });

  it('knows when a finding was seen first, as long as it is there', async () => {
    const one = finding('aaaaaaaaaaaa');
    assert.equal(await firstSeen(store, one.id), undefined);
    await writeFinding(store, one, {});
    const first = await firstSeen(store, one.id);
    assert.ok(first);
    await writeFinding(store, { ...one, message: 'told anew' }, {});
    assert.deepEqual(await firstSeen(store, one.id), first);
    await removeFinding(store, one.id);
    assert.equal(await firstSeen(store, one.id), undefined);
  });

  it('takes findings in that are views of another, and finds that one by their ids', async () => {
    const [whole, part] = [finding('aaaaaaaaaaaa'), finding('bbbbbbbbbbbb')];
    for (const one of [whole, part]) await writeFinding(store, one, { schedule });
    const { id, kind, message, sites } = part;
    const merged = { ...whole, alsoSeen: [{ id, kind, message, sites }] };
    const ended = await endExploration(store, 'example.com/m/p', 'TestA', [merged], true);
    assert.deepEqual(ended.ok && ended.value, [{ ...merged, schedule: `schedules/${whole.id}.json` }]);
    const { findings } = await readFindings(store);
    assert.deepEqual(
      findings.map((one) => [one.id, one.alsoSeen?.length]),
      [[whole.id, 1]],
    );
    const found = await findStored(store, part.id);
    assert.equal(found.ok && found.value.id, whole.id);
  });

  it('adds counts up while the file is the same, and begins anew when it changed', async () => {
    await keepCounts(store, [count(2)]);
    await keepCounts(store, [count(3)]);
    assert.deepEqual(await readCounts(store), [count(5)]);
    write('p/a.go', 'package p // edited\n');
    assert.deepEqual(await readCounts(store), []);
    await keepCounts(store, [count(1)]);
    assert.deepEqual(await readCounts(store), [count(1)]);
  });

  it('says in one sentence that it cannot be written', async () => {
    write('.lockstep', 'a file in the way');
    const stored = await writeFinding(store, finding('0123456789ab'), {});
    assert.match(stored.ok ? '' : stored.problem, /\.lockstep cannot be made, because a file is in the way\.$/);
  });

  it('belongs to the module around a directory', async () => {
    const found = await storeFor(join(directory(), 'p'));
    assert.equal(found.ok && found.value.module, directory());
  });
});
