/** Traces that the runtime recorded: each guards an analysis and its wording. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyseTrace } from '../../../core/analyse/analyse';
import { parseTrace } from '../../../core/trace/parse-text';
import { readTrace } from '../../../core/trace/read';
import { printTrace } from '../../../core/trace/text';
import { writeTrace } from '../../../core/trace/write';
import { readTracePage } from '../../../core/view/page';

const FOLDER = 'test/fixtures/traces';

const WANTED: Readonly<Record<string, string>> = {
  'counter-race':
    'data-race Goroutine 1.1 writes v.n (counter.go:10) while goroutine 1.2 writes v.n (counter.go:10): nothing orders ' +
    'the two (neither holds a lock)',
  'fetch-leak':
    'goroutine-leak Goroutine 1.2 waits to send on answers (fetch.go:22) for ever: the test has returned and no live ' +
    'goroutine receives from answers',
  'podstatus-deadlock':
    'deadlock Goroutine 1.2 waits to send on m.podStatusChannel (podstatus.go:45) while it holds m.podStatusesLock; ' +
    'goroutine 1.1 waits for m.podStatusesLock (podstatus.go:33)',
};

describe('recorded traces', () => {
  for (const [name, wanted] of Object.entries(WANTED)) {
    it(`${name} is found`, () => {
      const { trace, problems } = parseTrace(readFileSync(join(FOLDER, `${name}.lockstep-trace`), 'utf8'));
      assert.deepEqual(problems, []);
      const { header } = trace!;
      const { findings } = analyseTrace(trace!, { package: header.package, test: header.test });
      const said = findings.map(({ kind, message }) => `${kind} ${message}`);
      assert.equal(said.length, 1);
      // Which of several equal goroutines is stuck depends on the recording.
      const anyone = (text: string): string => text.replaceAll(/oroutine 1\.\d/gu, 'oroutine 1.n');
      assert.equal(anyone(said[0]!), anyone(wanted));
    });
  }

  for (const file of readdirSync(FOLDER).filter((it) => it.endsWith('.lockstep-trace'))) {
    it(`${file} is valid and converts without loss`, () => {
      const { trace, problems } = parseTrace(readFileSync(join(FOLDER, file), 'utf8'));
      assert.deepEqual(problems, []);
      const bytes = writeTrace(trace!);
      assert.equal(printTrace(readTrace(bytes).trace!), printTrace(trace!));
      const { page } = readTracePage(bytes);
      for (const event of page!.layout().events) assert.notEqual(page!.sentence(event), '');
    });
  }
});
