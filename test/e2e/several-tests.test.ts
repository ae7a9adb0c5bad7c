/** One bug that several tests show is one finding, which says so wherever it is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding, TestDocument } from '../../protocol/finding';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';

const SOURCE = `package several

import (
	"sync"
	"testing"
)

type pair struct{ a, b sync.Mutex }

func (p *pair) forth() {
	p.a.Lock()
	defer p.a.Unlock()
	p.b.Lock()
	defer p.b.Unlock()
}

func (p *pair) back() {
	p.b.Lock()
	defer p.b.Unlock()
	p.a.Lock()
	defer p.a.Unlock()
}

func crossed() {
	p := new(pair)
	var wg sync.WaitGroup
	wg.Go(p.forth)
	wg.Go(p.back)
	wg.Wait()
}

func TestOne(t *testing.T)   { crossed() }
func TestOther(t *testing.T) { crossed() }
`;

describe('a bug that two tests show', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-several-'));
  let document: TestDocument;
  before(async () => {
    writeFileSync(path.join(directory, 'go.mod'), 'module several\n\ngo 1.25\n');
    writeFileSync(path.join(directory, 'several_test.go'), SOURCE);
    const run = await lockstep(directory, [
      ...['test', '--schedules', '100', '--seed', '1', '--workers', '1', '--json', '--junit', 'junit.xml'],
    ]);
    document = JSON.parse(run.stdout);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is one finding, of which both tests know', () => {
    const [finding, ...more] = document.findings;
    assert.deepEqual(more, []);
    assert.equal(finding?.verdict, 'confirmed');
    assert.deepEqual(
      document.tests.map(({ findings }) => findings),
      [[finding.id], [finding.id]],
    );
    assert.deepEqual([finding.test, ...(finding.alsoSeen ?? []).map(({ test }) => test)].sort(), [
      'TestOne',
      'TestOther',
    ]);
  });

  it('is stored once, and replays', async () => {
    assert.equal(readdirSync(path.join(directory, '.lockstep', 'findings')).length, 1);
    const again = await lockstep(directory, ['replay', document.findings[0]!.id, '--times', '3']);
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stdout, /Also seen in Test(?:One|Other): Goroutine/u);
  });

  it('fails both cases of the JUnit report', () => {
    const xml = readFileSync(path.join(directory, 'junit.xml'), 'utf8');
    assert.equal([...xml.matchAll(/<failure type="deadlock"/gu)].length, 2);
    assert.match(xml, /Also seen in Test(?:One|Other): Goroutine/u);
  });
});

describe('a bug that two processes show at once, of one test each', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-at-once-'));
  before(() => {
    writeFileSync(path.join(directory, 'go.mod'), 'module several\n\ngo 1.25\n');
    writeFileSync(path.join(directory, 'several_test.go'), SOURCE);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is one finding, which names both and replays', async () => {
    const explore = (test: string) =>
      lockstep(directory, ['test', '--run', `^${test}$`, '--schedules', '100', '--workers', '1', '--json']);
    const runs = await Promise.all(['TestOne', 'TestOther'].map(explore));
    assert.deepEqual(
      runs.map(({ code }) => code),
      [1, 1],
    );
    const findings = path.join(directory, '.lockstep', 'findings');
    const [name, ...more] = readdirSync(findings);
    assert.ok(name);
    assert.deepEqual(more, []);
    const finding: Finding = JSON.parse(readFileSync(path.join(findings, name), 'utf8'));
    assert.deepEqual([finding.test, ...(finding.alsoSeen ?? []).map(({ test }) => test)].sort(), [
      'TestOne',
      'TestOther',
    ]);
    const again = await lockstep(directory, ['replay', finding.id, '--times', '3', '--json']);
    assert.deepEqual([again.code, JSON.parse(again.stdout).reproduced], [1, 3], again.stderr);
  });
});

/** The schedule of one is none of the other. */
const UNLIKE = SOURCE.replace(
  'TestOther(t *testing.T) {',
  'TestOther(t *testing.T) {\n\tvar wg sync.WaitGroup\n\twg.Go(func() {})\n\twg.Go(func() {})\n\twg.Wait()\n\t',
).replace(/crossed\(\) \}\n$/u, 'crossed()\n}\n');

describe('a bug that two calls show, of one test each', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-in-turn-'));
  const findings = path.join(directory, '.lockstep', 'findings');
  const stored = (): Finding[] =>
    readdirSync(findings).map((name) => JSON.parse(readFileSync(path.join(findings, name), 'utf8')));
  const explore = async (test: string, ...more: string[]): Promise<TestDocument> => {
    const options = ['--schedules', '100', '--seed', '1', '--workers', '1', '--json', ...more];
    return JSON.parse((await lockstep(directory, ['test', '--run', `^${test}$`, ...options])).stdout);
  };
  const testsOf = (finding?: Finding) => [finding?.test, ...(finding?.alsoSeen ?? []).map(({ test }) => test)].sort();
  before(() => {
    writeFileSync(path.join(directory, 'go.mod'), 'module several\n\ngo 1.25\n');
    writeFileSync(path.join(directory, 'several_test.go'), UNLIKE);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('is one finding of both, told and stored', async () => {
    const [first] = (await explore('TestOne')).findings;
    assert.deepEqual(testsOf(first), ['TestOne']);
    const { findings: told, tests } = await explore('TestOther');
    assert.deepEqual(told.map(testsOf), [['TestOne', 'TestOther']]);
    assert.deepEqual(
      tests.map(({ findings: ids }) => ids),
      [[first?.id]],
    );
    assert.deepEqual(stored().map(testsOf), [['TestOne', 'TestOther']]);
    const size = ({ stats }: Finding) => stats?.preemptions ?? Infinity;
    assert.ok(size(stored()[0]!) <= size(first!));
  });

  it('stays so when either is explored again, and replays', async () => {
    for (const test of ['TestOne', 'TestOther']) {
      const { findings: told } = await explore(test);
      assert.deepEqual(told.map(testsOf), [['TestOne', 'TestOther']], test);
    }
    const again = await lockstep(directory, ['replay', stored()[0]!.id, '--times', '3']);
    assert.equal(again.code, 1, again.stderr);
  });

  it('is of one test again when the source has changed and only that was explored', async () => {
    writeFileSync(path.join(directory, 'several_test.go'), UNLIKE.replace('type pair', '// Both.\ntype pair'));
    const { findings: told } = await explore('TestOther');
    assert.deepEqual(told.map(testsOf), [['TestOther']]);
  });
});

const SELDOM = `package seldom

import (
	"sync"
	"sync/atomic"
	"testing"
)

func countdown() {
	var n atomic.Int32
	var wg sync.WaitGroup
	for at := range int32(4) {
		wg.Go(func() { n.CompareAndSwap(3-at, 4-at) })
	}
	wg.Wait()
	if n.Load() == 4 {
		<-make(chan int)
	}
}

func TestOne(t *testing.T) { countdown() }

func TestOther(t *testing.T) {
	var wg sync.WaitGroup
	wg.Go(func() {})
	wg.Go(func() {})
	wg.Wait()
	countdown()
}
`;

describe('a test whose bug is stored with the schedule of another', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-of-another-'));
  before(() => {
    writeFileSync(path.join(directory, 'go.mod'), 'module seldom\n\ngo 1.25\n');
    writeFileSync(path.join(directory, 'seldom_test.go'), SELDOM);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('shows it again, though all of its interleavings had been explored before', async () => {
    const shown: (string | undefined)[][] = [];
    for (const test of ['TestOne', 'TestOther', 'TestOther']) {
      const run = await lockstep(directory, ['test', '--run', `^${test}$`, '--workers', '1', '--json']);
      const { findings, tests }: TestDocument = JSON.parse(run.stdout);
      assert.ok(tests[0]?.exhausted, 'it is small enough');
      assert.equal(run.code, 1);
      shown.push(findings.flatMap(({ test: first, alsoSeen = [] }) => [first, ...alsoSeen.map((view) => view.test)]));
    }
    assert.deepEqual(
      shown.map((tests) => tests.toSorted()),
      [['TestOne'], ['TestOne', 'TestOther'], ['TestOne', 'TestOther']],
    );
  });
});
