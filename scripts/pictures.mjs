// Draws the pictures of docs/images and media/walkthrough anew, in a real workbench as the tours of test/webview use it, and says how much of
// each differs from the one that is there. What differs is red in artifacts/webview/difference.
//   node scripts/pictures.mjs [--write] [--vsix FILE]
// With --write the new ones take the place of the old. Exit code: 0 when all were drawn and none differs by more than
// ALIKE, or they were written.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { root } from './checkout.mjs';

const { values: options } = parseArgs({
  options: { write: { type: 'boolean', default: false }, vsix: { type: 'string' } },
});

/** Share of pixels that may differ: times, rates and what random numbers chose are in the pictures. */
const ALIKE = 0.05;
/** Difference of two pixels that counts, of 1: not how letters are smoothed. */
const THRESHOLD = 0.2;

const drawn = path.join(root, 'artifacts/webview/docs');
/** Where they are, and where the tours have drawn them. */
const folders = [
  [path.join(root, 'docs/images'), drawn],
  [path.join(root, 'media/walkthrough'), path.join(drawn, 'walkthrough')],
];
const difference = path.join(root, 'artifacts/webview/difference');

const tours = spawnSync(
  process.execPath,
  [path.join(root, 'scripts/test-webview.mjs'), ...(options.vsix ? ['--vsix', options.vsix] : [])],
  { cwd: root, stdio: 'inherit' },
);
if (tours.status !== 0) process.exit(tours.status ?? 1);

mkdirSync(difference, { recursive: true });
const pictures = folders.flatMap(([old, anew]) =>
  readdirSync(old)
    .filter((name) => name.endsWith('.png'))
    .map((name) => ({ name, old: path.join(old, name), anew: path.join(anew, name) })),
);
let unlike = 0;
for (const picture of pictures) {
  const share = existsSync(picture.anew) ? compare(picture) : undefined;
  if (share === undefined || share > ALIKE) unlike++;
  console.log(
    `${picture.name.padEnd(24)} ${share === undefined ? 'not drawn' : `${(100 * share).toFixed(1)} % differ`}`,
  );
  if (options.write && share !== undefined) copyFileSync(picture.anew, picture.old);
}
console.log(`${pictures.length - unlike} of ${pictures.length} pictures are as they were`);
if (unlike > 0 && !options.write) process.exitCode = 1;

/** The share of pixels that differ; 1 for pictures of different sizes. */
function compare({ name, old, anew }) {
  const [before, after] = [old, anew].map((file) => PNG.sync.read(readFileSync(file)));
  const { width, height } = before;
  if (after.width !== width || after.height !== height) return 1;
  const shown = new PNG({ width, height });
  const differ = pixelmatch(before.data, after.data, shown.data, width, height, { threshold: THRESHOLD });
  writeFileSync(path.join(difference, name), PNG.sync.write(shown));
  return differ / (width * height);
}
