/** One bug that several tests show is one finding, which says so wherever it is told. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestDocument } from '../../protocol/finding';
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
