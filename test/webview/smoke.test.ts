// The shortest tour: a person opens a test file and sees that Lockstep is there.
import { openWorkbench, type Workbench } from './workbench';

describe('opening a Go test', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await openWorkbench('podstatus/podstatus_test.go');
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  it('shows a CodeLens over the test', async () => {
    const lens = workbench.page.locator('.codelens-decoration a', { hasText: /explore/i });
    await lens.first().waitFor({ timeout: 60_000 });
    await workbench.shoot('codelens');
  });
});
