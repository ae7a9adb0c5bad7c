// A person finds the goroutine that examples/fetch leaks, and asks what happens next at its select.
import { type Person, personAt, SLOW } from './person';
import { openWorkbench, type Workbench } from './workbench';

describe('finding a leak', () => {
  let workbench: Workbench;
  let person: Person;
  before(async () => {
    const settings = { 'lockstep.explore.seconds': 3, 'workbench.colorTheme': 'Dark Modern' };
    workbench = await openWorkbench('fetch/fetch_test.go', settings);
    person = personAt(workbench);
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await workbench.shoot('failed');
  });
  after(() => workbench?.close());

  it('warns on the send that leaks', async () => {
    await person.clickLens('Explore interleavings', person.lens(/Exploring|1 finding in/));
    await person.lens('1 finding in').waitFor(SLOW);
    await person.open('fetch.go');
    await person.goToLine(24);
    await person.lens('leaks here').first().waitFor();
    await person.shoot('leak', 'leak');
  });

  it('shows what happened next at the select', async () => {
    const hover = workbench.page.locator('.monaco-hover:visible');
    const look = async (): Promise<void> => {
      await workbench.page.locator('.view-line').getByText('select', { exact: true }).first().hover();
      await hover.getByText('What happens next').waitFor();
    };
    await look();
    // The first look has the model read, and does not wait for it.
    while ((await hover.getByText('Go’s scheduler:').count()) === 0) {
      await workbench.page.keyboard.press('Escape');
      await hover.waitFor({ state: 'hidden' });
      await workbench.page.locator('.statusbar').hover();
      await look();
    }
    // It fades in.
    await workbench.page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    await person.shoot('hover', 'hover');
  });
});
