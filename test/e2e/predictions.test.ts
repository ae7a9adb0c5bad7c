/** What one passing run foretells is run, and confirmed. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding, RecordDocument, TestDocument } from '../../protocol/finding';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';

const CORPUS = path.join(import.meta.dirname, '..', 'fixtures', 'programs', 'corpus');

/** A lock made of a compare-and-swap and a store, as in ants; and one that takes no notice of what it finds. */
const SPINNING = `package spin

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

type spinLock struct{ held atomic.Uint32 }

func (l *spinLock) Lock() {
	for !l.held.CompareAndSwap(0, 1) {
		runtime.Gosched()
	}
}

func (l *spinLock) Unlock() { l.held.Store(0) }

type careless struct{ held atomic.Uint32 }

func (l *careless) Lock()   { l.held.Store(1) }
func (l *careless) Unlock() {}

func push(l sync.Locker) {
	var wg sync.WaitGroup
	var items []int
	for i := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 2 {
				l.Lock()
				items = append(items, i)
				l.Unlock()
				l.Lock()
				_ = len(items)
				l.Unlock()
			}
		}()
	}
	wg.Wait()
}

func TestSpin(*testing.T)     { push(new(spinLock)) }
func TestSpinLess(*testing.T) { push(new(careless)) }
`;

/** A full buffer under a lock: the default makes room. */
const CHOOSING = `package choosing

import (
	"sync"
	"testing"
)

func TestChooses(*testing.T) {
	var mu sync.Mutex
	results := make(chan int, 2)
	var wg sync.WaitGroup
	for g := range 5 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 3 {
				mu.Lock()
				select {
				case results <- g:
				default:
					<-results
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}
`;

/** Sends that two selects have not taken when their channel is closed; as a rule the close is late. */
const UNSENT = `package unsent

import (
	"testing"
	"time"
)

func late(notify func(chan<- int, <-chan int)) {
	events, stop, done := make(chan int), make(chan int, 1), make(chan bool)
	stop <- 1
	go func() { notify(events, stop); close(done) }()
	time.Sleep(50 * time.Millisecond)
	close(events)
	<-done
}

func TestDropped(*testing.T) {
	late(func(events chan<- int, _ <-chan int) {
		select {
		case events <- 1:
		default:
		}
	})
}

func TestStopped(*testing.T) {
	late(func(events chan<- int, stop <-chan int) {
		select {
		case events <- 1:
		case <-stop:
		}
	})
}

func TestFixedDropped(*testing.T) {
	events, done := make(chan int), make(chan bool)
	go func() {
		select {
		case events <- 1:
		default:
		}
		close(done)
	}()
	<-done
	close(events)
}
`;

describe('predictions', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-predictions-'));
  before(() => cpSync(CORPUS, directory, { recursive: true }));
  after(() => rmSync(directory, { recursive: true, force: true }));

  async function explored(folder: string, tests: string[], ...how: string[]): Promise<TestDocument> {
    const run = await lockstep(directory, [
      ...['test', `./${folder}`, '--run', `^(${tests.join('|')})$`, ...how, '--seed', '1', '--workers', '1', '--json'],
    ]);
    return JSON.parse(run.stdout);
  }
  /** Explored with a single schedule. */
  const afterOne = (folder: string, tests: string[]): Promise<TestDocument> =>
    explored(folder, tests, '--strategy', 'random', '--schedules', '1');

  it('of deadlocks that need four preemptions are confirmed after one run that passes', async () => {
    const { findings, tests } = await afterOne('rare', ['TestThreeForks', 'TestFixedThreeForks']);
    assert.deepEqual(
      tests.map(({ schedules }) => schedules),
      [1, 1],
    );
    assert.deepEqual(
      findings.map(({ kind, verdict, test }) => [kind, verdict, test]),
      [['deadlock', 'confirmed', 'TestThreeForks']],
    );
  });

  it('of a send that comes too late are confirmed, and none survives on the corrected twin', async () => {
    const { findings } = await afterOne('closed', ['TestLateSubmit', 'TestFixedLateSubmit']);
    assert.deepEqual(
      findings.map(({ kind, verdict, test }) => [kind, verdict, test]),
      [['send-on-closed-channel', 'confirmed', 'TestLateSubmit']],
    );
  });

  it('of goroutines that are left alone are confirmed: by a timeout, a signal that comes too early, a default', async () => {
    const names = ['BehindDeadline', 'MissedSignal', 'Shutdown'].flatMap((name) => [`Test${name}`, `TestFixed${name}`]);
    const { findings, tests } = await afterOne('deadlock', names);
    assert.ok(tests.every(({ schedules }) => schedules === 1));
    assert.deepEqual(findings.map(({ kind, verdict, test }) => [kind, verdict, test]).sort(), [
      ['deadlock', 'confirmed', 'TestBehindDeadline'],
      ['deadlock', 'confirmed', 'TestMissedSignal'],
      ['deadlock', 'confirmed', 'TestShutdown'],
    ]);
  });

  it('of orders in which everybody comes to wait are confirmed: for room in a queue that those fill who should empty it', async () => {
    const { findings, tests } = await afterOne('deadlock', ['TestRequeue', 'TestFixedRequeue']);
    assert.ok(tests.every(({ schedules }) => schedules === 1));
    const told = findings.map(({ kind, verdict, test }) => [kind, verdict, test]);
    assert.deepEqual(told, [['deadlock', 'confirmed', 'TestRequeue']]);
  });

  it('of races are not made where a lock of the program keeps them apart: what a compare-and-swap does rests on what it finds', async () => {
    const folder = path.join(directory, 'spin');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'spin_test.go'), SPINNING);
    const { findings, tests } = await explored('spin', ['TestSpin', 'TestSpinLess'], '--schedules', '20');
    assert.deepEqual(
      findings.map(({ kind, verdict, test }) => [kind, verdict, test]),
      [['data-race', 'confirmed', 'TestSpinLess']],
    );
    assert.ok(tests.every(({ schedules }) => schedules > 0));
  });

  it('of deadlocks are not made where a select had something else to do than to wait', async () => {
    const folder = path.join(directory, 'choosing');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'choosing_test.go'), CHOOSING);
    const { findings, tests } = await explored('choosing', ['TestChooses'], '--schedules', '20');
    assert.deepEqual(findings, []);
    assert.ok(tests.every(({ schedules }) => schedules > 0));
  });

  it('from a test that Go has scheduled are confirmed by their witness, and replay', async () => {
    const recorded = await lockstep(directory, [
      'record',
      './rare',
      '--run',
      'ThreeForks$',
      '--traces',
      'kept',
      '--json',
    ]);
    const { findings, tests }: RecordDocument = JSON.parse(recorded.stdout);
    assert.deepEqual(findings, []);
    const results = new Map<string, Finding[]>();
    for (const { test, result, trace = '' } of tests) {
      assert.equal(result, 'pass');
      const run = await lockstep(directory, [
        ...['analyze', trace, '--analysis', 'lock-dependencies', '--confirm', '--json'],
      ]);
      results.set(test, JSON.parse(run.stdout).findings);
    }
    assert.deepEqual(results.get('TestFixedThreeForks'), []);
    const confirmed = results.get('TestThreeForks') ?? [];
    assert.deepEqual(
      confirmed.map(({ kind, verdict, analysis, events }) => [kind, verdict, analysis.name, events?.length]),
      [['deadlock', 'confirmed', 'lock-dependencies', 3]],
    );
    const again = await lockstep(directory, ['replay', confirmed[0]!.id, '--times', '5']);
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stdout, /Shown again in 5 of 5 replays/u);
  });

  it('of sends that a select has not taken are confirmed, from what Go has scheduled: its default came, or another case', async () => {
    const folder = path.join(directory, 'unsent');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'unsent_test.go'), UNSENT);
    const recorded = await lockstep(directory, ['record', './unsent', '--traces', 'kept', '--json']);
    const { tests }: RecordDocument = JSON.parse(recorded.stdout);
    const confirmed: unknown[] = [];
    for (const { test, result, trace = '' } of tests) {
      assert.equal(result, 'pass');
      const run = await lockstep(directory, ['analyze', trace, '--analysis', 'channels', '--confirm', '--json']);
      const { findings }: { findings: Finding[] } = JSON.parse(run.stdout);
      for (const { kind, verdict } of findings) confirmed.push([test, kind, verdict]);
    }
    assert.deepEqual(confirmed.sort(), [
      ['TestDropped', 'send-on-closed-channel', 'confirmed'],
      ['TestStopped', 'send-on-closed-channel', 'confirmed'],
    ]);
  });

  it('from a trace of another source are not run', async () => {
    const trace = path.join('kept', 'corpus_rare.TestThreeForks.trace');
    const source = path.join(directory, 'rare', 'three_forks_test.go');
    writeFileSync(source, readFileSync(source, 'utf8').replaceAll('dine(', 'eat(').replace('import', '\nimport'));
    const run = await lockstep(directory, ['analyze', trace, '--confirm']);
    assert.equal(run.code, 2, run.stdout);
    assert.match(run.stderr, /three_forks_test\.go:\d+ is another place by now/u);
  });
});
