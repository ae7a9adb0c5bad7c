// A language server that is killed: it comes back once by itself and says so; the second time the person decides.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Process, processes } from '../e2e/host/processes';
import { until } from '../unit/engine/temporary';
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

describe('a language server that is killed', () => {
  let workbench: Workbench;
  let person: Person;
  before(async () => {
    workbench = await openWorkbench('fetch/fetch.go');
    person = personAt(workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  /** Those of this workbench: others may run beside it. */
  const servers = (): Process[] =>
    processes().filter(({ pid, command }) => {
      if (!/\/dist\/server\.cjs\b/.test(command)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(path.dirname(workbench.workspace));
      } catch {
        return false; // it has ended
      }
    });
  const squiggle = () => workbench.page.locator('.monaco-editor .squiggly-warning').first();
  const kill = async (): Promise<void> => {
    const [server, ...more] = servers();
    assert.ok(server && more.length === 0);
    process.kill(server.pid, 'SIGKILL');
    await until(() => !servers().some(({ pid }) => pid === server.pid));
  };

  it('is started again, which is said, and checks as before', async () => {
    await squiggle().waitFor(SLOW);
    await kill();
    await until(() => servers().length === 1);
    await (await person.notification('ended unexpectedly and was started again')).waitFor(SLOW);
    await squiggle().waitFor(SLOW);
    await person.shoot('started-again');
  });

  it('is left alone the second time, until somebody wants it back', async () => {
    await person.clearNotifications();
    await kill();
    const said = await person.notification('ended unexpectedly again, so files are not checked');
    await said.waitFor(SLOW);
    await squiggle().waitFor({ ...SLOW, state: 'detached' });
    assert.deepEqual(servers(), []);
    await person.shoot('left-alone');
    await said.hover();
    await said.getByRole('button', { name: 'Restart' }).click();
    await squiggle().waitFor(SLOW);
    assert.equal(servers().length, 1);
  });
});
