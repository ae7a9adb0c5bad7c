// A folder that the user does not trust: checks only read, and nothing of it is run.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

describe('a workspace that is not trusted', () => {
  let workbench: Workbench;
  let person: Person;
  before(async () => {
    workbench = await openWorkbench('fetch/fetch.go', {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
    });
    person = personAt(workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  it('is still checked', async () => {
    await workbench.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor(SLOW);
    await workbench.page.locator('.monaco-editor .squiggly-warning').first().waitFor(SLOW);
    await person.shoot('restricted');
  });

  it('is not explored, and the reason is said', async () => {
    await person.open('fetch_test.go');
    await person.lens('Explore interleavings').first().waitFor(SLOW);
    const said = await person.notification('this workspace is not trusted');
    await person.clickLens('Explore interleavings', said);
    assert.ok(!existsSync(path.join(workbench.workspace, '.lockstep')));
    await person.shoot('not-explored');
  });
});
