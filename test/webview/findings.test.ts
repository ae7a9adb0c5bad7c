// A tour of the Test Explorer and the Findings view: a test is explored from the explorer, its finding looked at and judged.
import assert from 'node:assert/strict';
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
  const rows = () => workbench.page.locator('.pane-body .monaco-list-row');

  it('lists the tests of the workspace', async () => {
    await person.command('Testing: Focus on Test Explorer View');
    await rows().filter({ hasText: 'podstatus/podstatus_test.go' }).first().waitFor(SLOW);
    await person.command('Test: Run Tests in Current File');
    await rows().filter({ hasText: 'TestSetPodStatus' }).first().waitFor(SLOW);
    await workbench.page.locator('.pane-body .monaco-list-row .codicon-testing-failed-icon').first().waitFor(SLOW);
    await person.shoot('test-explorer', 'test-explorer');
  });

  it('shows the finding with its verdict, and why', async () => {
    await person.command('View: Show Lockstep');
    const finding = rows().filter({ hasText: 'podstatus.go:45' }).first();
    await finding.waitFor(SLOW);
    await finding.click();
    await workbench.page.keyboard.press('ArrowRight');
    await rows().filter({ hasText: 'waits to send' }).first().waitFor();
    assert.ok(
      (await rows()
        .filter({ hasText: /^\d+\. / })
        .count()) > 2,
    );
    await person.shoot('findings', 'findings');
  });

  it('marks the operations in the source', async () => {
    await person.open('podstatus.go');
    const marked = workbench.page.locator('.view-overlays .cdr, .view-lines [class*="ced-"]');
    await marked.first().waitFor(SLOW);
    await person.shoot('operations', 'operations');
  });
});
