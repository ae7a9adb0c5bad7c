// A tour of the Test Explorer and the Findings view: a test is explored from the explorer, its finding looked at and judged.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

describe('the Test Explorer and the Findings view', () => {
  let workbench: Workbench;
  let person: Person;
  before(async () => {
    workbench = await openWorkbench('podstatus/podstatus_test.go', { 'lockstep.explore.seconds': 4 });
    person = personAt(workbench);
    await person.lens('Explore interleavings').first().waitFor(SLOW);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());
  // The panel below has a tree of test results, in which the same places stand.
  const rows = () => workbench.page.locator('.part.sidebar .monaco-list-row');

  it('lists the tests of the workspace', async () => {
    await person.command('Testing: Focus on Test Explorer View');
    await rows().filter({ hasText: 'podstatus/podstatus_test.go' }).first().waitFor(SLOW);
    await person.command('Test: Run Tests in Current File');
    await rows().locator('.codicon-testing-failed-icon').first().waitFor(SLOW);
    // The CodeLenses have their results a moment later.
    await person.lens('1 finding in').first().waitFor(SLOW);
    await person.shoot('test-explorer', 'test-explorer');
  });

  it('shows the finding with its verdict, and why', async () => {
    await person.command('View: Show Lockstep');
    const finding = rows().filter({ hasText: 'podstatus.go:45' }).first();
    await finding.waitFor(SLOW);
    const blocked = rows()
      .filter({ hasText: /podstatus\.go:45goroutine .* waits to send/ })
      .first();
    await finding.click();
    await workbench.page.keyboard.press('ArrowRight');
    await blocked.waitFor();
    assert.ok(
      (await rows()
        .filter({ hasText: /^\d+\. / })
        .count()) > 2,
    );
    await workbench.page.locator('.statusbar-item', { hasText: '1 confirmed' }).first().waitFor();
    await person.shoot('findings', 'findings');
  });

  it('marks the operations in the source, unless it is told not to', async () => {
    await person.open('podstatus.go');
    const marked = workbench.page.locator('.view-overlays .cdr[class*="ced-"]');
    await marked.first().waitFor(SLOW);
    await person.shoot('operations');
    const folder = path.join(workbench.workspace, '.vscode');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ 'lockstep.highlight.enabled': false }));
    await marked.first().waitFor({ state: 'detached' });
  });
});
