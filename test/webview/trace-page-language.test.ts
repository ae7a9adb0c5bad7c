// The trace page in another language: whatever it says has been looked up.
import assert from 'node:assert/strict';
import type { OutcomeCount } from '../../protocol/finding';
import { PSEUDO, untranslated } from '../unit/pseudo';
import { CROSSING, crossing, finding, TURNS } from './page/runs';
import { onPage } from './page/suite';

/** Text of the program, of the finding and of the formats' names. */
const NAMES = `${CROSSING} ${JSON.stringify(finding)} main go test TestP fp img src onerror alert`;

describe('the trace page in another language', () => {
  const { tested, grid } = onPage();
  beforeEach(() => tested().send({ type: 'language', language: 'xx', translations: PSEUDO }));

  /** All texts and names of the document, but for what is printed on keys. */
  const texts = (): Promise<string[]> =>
    tested().page.evaluate(() => {
      const found: string[] = [];
      for (const one of document.body.querySelectorAll('*')) {
        if (one.closest('script, kbd')) continue;
        for (const name of ['title', 'aria-label', 'aria-valuetext', 'placeholder'])
          found.push(one.getAttribute(name) ?? '');
        for (const node of one.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? '');
      }
      return found.filter((text) => /\p{L}/u.test(text));
    });
  const check = async (): Promise<void> => {
    const found = (await texts()).flatMap((text) => untranslated(text, NAMES).map((word) => `${word} in ${text}`));
    assert.deepEqual([...new Set(found)], []);
  };

  it('says everything in it: events, state, waits, choices, another run', async () => {
    const counts: OutcomeCount[] = [
      {
        ...{ file: 'main.go', line: 5, column: 1, operation: 'lock', expression: 'b', runs: 40 },
        outcomes: { 'at-once': 30, waited: 10, 'blocked-for-ever': 4 },
      },
    ];
    await tested().show(crossing(), { finding, turns: TURNS, counts });
    assert.equal(await tested().page.evaluate(() => document.documentElement.lang), 'xx');
    const tabs = tested().page.getByRole('tab');
    await grid().press('Home');
    for (let event = 0; event < TURNS.length; event++) {
      for (let tab = 0; tab < (await tabs.count()); tab++) {
        await tabs.nth(tab).click();
        await check();
      }
      await grid().press('ArrowRight');
    }
    const run = { run: 'r', title: 'main', outcome: 'TestP', passed: true, compare: true, turns: TURNS, counts: [] };
    await tested().send({ type: 'run', ...run }, crossing());
    await tested().page.locator('.compare').waitFor();
    await check();
  });

  it('says in it that there is nothing to show', async () => {
    await tested().send({ type: 'problem', problem: 'main' });
    await tested().page.locator('main.none').waitFor();
    await check();
  });
});
