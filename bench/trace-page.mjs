// How long the trace page takes to open a run, and to paint while one scrolls and zooms:
//   node scripts/build.mjs && node --import tsx bench/trace-page.mjs [--events 10000,100000,1000000] [--goroutines 100] [--folded]
// Opening is from the message with the bytes to the first frame in which lanes, chosen event and panes are there; the
// baseline is the shortest run. A frame has 16.7 ms at 60 a second; what is told is the time between frames.
import { parseArgs } from 'node:util';
import { writeTrace } from '../core/trace/write.ts';
import { openBrowser, openPage } from '../test/webview/page/host.ts';
import { longTrace } from './trace-page/long-trace.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000,100000,1000000' },
    goroutines: { type: 'string', default: '100' },
    frames: { type: 'string', default: '120' },
    folded: { type: 'boolean', default: false },
  },
});

/** In the page: frames while the lanes are moved by the wheel in each; their distances in milliseconds. */
const scrolled = async ({ frames, wheel }) => {
  const surface = document.querySelector('[role=grid]');
  const { left, top } = surface.getBoundingClientRect();
  const at = { clientX: left + 500, clientY: top + 100, bubbles: true, cancelable: true };
  const distances = [];
  let before = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < frames; frame++) {
    surface.dispatchEvent(new WheelEvent('wheel', { ...at, ...wheel }));
    const now = await new Promise(requestAnimationFrame);
    distances.push(now - before);
    before = now;
  }
  return distances.sort((a, b) => a - b);
};

/** In the page: from the message to the frame that shows all of it. */
const opened = () =>
  new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('.details h2') === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => resolve(performance.now() - Reflect.get(window, 'begun')));
    };
    look();
  });

/** Each goroutine has a lane again: that is what has to be painted at worst. */
const unfold = async (page) => {
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel(/^Fold goroutines/).uncheck();
  await page.keyboard.press('Escape');
  const goroutines = await page.evaluate(
    () => document.querySelector('header').textContent.match(/([\d,]+) goroutines/)[1],
  );
  await page.locator(`[role=grid][aria-rowcount="${goroutines.replace(',', '')}"]`).waitFor();
};

const share = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const milliseconds = (value) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;

const browser = await openBrowser();
try {
  console.log(
    '| events | goroutines | open | against the shortest | scroll, median / 95 % | zoom, median / 95 % | whole run, median / 95 % |',
  );
  console.log('|---:|---:|---:|---:|---:|---:|---:|');
  let baseline;
  for (const events of values.events.split(',').map(Number)) {
    const goroutines = Number(values.goroutines);
    const test = await openPage(browser, { width: 1400, height: 900 });
    test.page.setDefaultTimeout(120_000);
    await test.theme('dark');
    await test.send({ type: 'trace', turns: [], counts: [] }, writeTrace(longTrace(events, goroutines)));
    const open = await test.page.evaluate(opened);
    baseline ??= open;
    if (!values.folded) await unfold(test.page);
    const moves = [];
    const frames = Number(values.frames);
    moves.push(await test.page.evaluate(scrolled, { frames, wheel: { deltaX: -90, deltaY: 7 } }));
    moves.push(await test.page.evaluate(scrolled, { frames, wheel: { deltaY: 24, ctrlKey: true } }));
    await test.page.getByRole('grid').press('0');
    moves.push(await test.page.evaluate(scrolled, { frames, wheel: { deltaY: 9 } }));
    const told = moves.map((sorted) => `${milliseconds(share(sorted, 0.5))} / ${milliseconds(share(sorted, 0.95))}`);
    const cells = [
      events.toLocaleString('en'),
      goroutines,
      milliseconds(open),
      `${(open / baseline).toFixed(1)}×`,
      ...told,
    ];
    console.log(`| ${cells.join(' | ')} |`);
    await test.page.close();
  }
} finally {
  await browser.close();
}
