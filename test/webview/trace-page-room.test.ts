// How the trace page divides its height between the goroutines and what is said of an event.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { writeTrace } from '../../core/trace/write';
import { traceOf } from '../unit/core/trace-of';
import { openBrowser, openPage, type TestPage } from './page/host';

const started = Array.from({ length: 4 }, (_, index) => `1 go >1.${index + 1} :1`);
const waiting = ['1', '1.1', '1.2', '1.3', '1.4'].map((goroutine) => `${goroutine} receive!block chan/c :2`);
const five = () => writeTrace(traceOf([...started, ...waiting].join('\n'), { test: 'TestP', outcome: 'blocked' }));

describe('the room on the trace page', () => {
  let browser: Browser;
  let tested: TestPage;
  before(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    // Beside the source, as it opens.
    tested = await openPage(browser, { width: 660, height: 760 });
    await tested.theme('dark');
    await tested.show(five());
    await tested.page.waitForFunction(() => document.querySelectorAll('[role="row"]').length > 1);
  });
  afterEach(() => tested.page.close());
  after(() => browser?.close());

  const bar = () => tested.page.getByRole('separator', { name: 'Height of the panes' });
  const share = async () => Number(await bar().getAttribute('aria-valuenow'));

  it('shows every goroutine of a short run', async () => {
    const lanes = await tested.page.getByRole('grid').boundingBox();
    for (const name of [/^goroutine 1 /, /^goroutine 1\.4 /]) {
      const row = await tested.page.getByRole('rowheader', { name }).boundingBox();
      assert.ok(lanes && row);
      assert.ok(row.y >= lanes.y && row.y + row.height <= lanes.y + lanes.height, `${name} is in view`);
    }
  });

  it('is divided as a person wants it from then on', async () => {
    await bar().focus();
    for (let press = 0; press < 6; press++) await bar().press('ArrowUp');
    const wanted = await share();
    await tested.show(five());
    assert.equal(await share(), wanted);
  });
});
