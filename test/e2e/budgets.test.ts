/** Budgets by time or count, for a test, a package, a module; and how a large module gets its budget spread. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestDocument } from '../../protocol/finding';
import { lockstep } from '../../scripts/corpus/lockstep.mjs';

const PACKAGES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];
/** Tests of a package: those with a single interleaving, some with a few, and one that shows something new for long. */
const PLAIN = 90;
const SMALL = 9;

const source = (name: string): string => `package ${name}

import (
	"sync"
	"testing"
)

func together(goroutines, rounds int) {
	var mu, other sync.Mutex
	results := make(chan int, 2)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range rounds {
				mu.Lock()
				select {
				case results <- g:
				default:
					<-results
				}
				mu.Unlock()
				other.Lock()
				other.Unlock()
			}
		}()
	}
	wg.Wait()
}

${Array.from({ length: PLAIN }, (_, at) => `func TestPlain${at}(t *testing.T) { t.Log(${at}) }`).join('\n')}
${Array.from({ length: SMALL }, (_, at) => `func TestSmall${at}(t *testing.T) { together(2, 1) }`).join('\n')}

func TestLarge(t *testing.T) { together(5, 6) }
`;

describe('budgets', function () {
  this.timeout(240_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'lockstep-budgets-'));
  before(() => {
    writeFileSync(path.join(directory, 'go.mod'), 'module budgets\n\ngo 1.24\n');
    for (const name of PACKAGES) {
      mkdirSync(path.join(directory, name));
      writeFileSync(path.join(directory, name, `${name}_test.go`), source(name));
    }
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  async function explored(...args: string[]): Promise<TestDocument> {
    const run = await lockstep(directory, [
      'test',
      ...args,
      '--workers',
      '1',
      '--seed',
      '1',
      '--race',
      'off',
      '--json',
    ]);
    assert.equal(run.code, 0, run.stderr);
    return JSON.parse(run.stdout);
  }
  const schedulesOf = ({ tests }: TestDocument, wanted: RegExp): number[] =>
    tests.filter(({ package: found, test }) => wanted.test(`${found}.${test}`)).map(({ schedules }) => schedules);
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);

  it('of schedules for a module of 500 tests go where there is something new', async () => {
    const document = await explored('./...', '--all-schedules', '6000');
    const all = schedulesOf(document, /./u);
    assert.equal(all.length, PACKAGES.length * (PLAIN + SMALL + 1));
    assert.ok(Math.min(...all) > 0, 'each has had its turn');
    assert.ok(sum(all) <= 6000, `${sum(all)}`);
    const large = schedulesOf(document, /Large/u);
    // Dealt out evenly, each would get 12.
    assert.ok(Math.min(...large) > 100, large.join());
    assert.ok(Math.max(...schedulesOf(document, /Plain/u)) <= 12);
  });

  it('of schedules for a package bound each, those for a test each of its tests', async () => {
    const document = await explored('./alpha', './beta', '--run', 'Small|Large', '--package-schedules', '300');
    for (const name of ['alpha', 'beta']) {
      const counts = schedulesOf(document, new RegExp(name, 'u'));
      assert.equal(counts.length, SMALL + 1);
      assert.ok(sum(counts) <= 300 && sum(counts) > 150, counts.join());
    }
    const each = await explored('./alpha', '--run', 'Large', '--schedules', '40');
    assert.deepEqual(schedulesOf(each, /./u), [40]);
    const both = await explored('./alpha', '--run', 'Large', '--schedules', '40', '--package-schedules', '30');
    assert.deepEqual(schedulesOf(both, /./u), [30]);
  });

  it('explore the same again for the same seed and counts', async () => {
    const [one, two] = [
      await explored('./alpha', '--run', 'Small|Large', '--all-schedules', '500'),
      await explored('./alpha', '--run', 'Small|Large', '--all-schedules', '500'),
    ];
    assert.deepEqual(schedulesOf(one, /./u), schedulesOf(two, /./u));
  });

  // That these end at all is what they show: the budget of the whole is an hour.
  for (const [flag, run] of [
    ['--test-budget', '^TestLarge$'],
    ['--package-budget', 'Large|Small'],
  ] as const) {
    it(`${flag} ends what would go on for the whole budget`, async () => {
      const { tests } = await explored('./alpha', '--run', run, '--budget', '1h', flag, '500ms');
      assert.ok(tests.every(({ schedules }) => schedules > 0));
      assert.equal(tests.find(({ test }) => test === 'TestLarge')?.ended, undefined);
    });
  }

  it('--until-dry ends a test when its runs show hardly anything new', async () => {
    const { tests } = await explored('./alpha', '--run', '^TestLarge$', '--until-dry');
    assert.match(tests[0]?.ended ?? '', /nothing new|hardly anything new/u);
  });
});
