// How long the packaged extension takes to activate in a real extension host:
//   npm run package && node bench/activation.mjs [--vsix FILE] [--vscode newest|oldest] [--times 9]
// Each window is loaded anew, with a folder that has no Go in it, so that nothing has been activated before it is asked
// to. Medians over the windows; the baseline is an extension that does nothing, in the same windows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/checkout.mjs';
import { openHost } from '../scripts/vscode-host/session.mjs';
import { endCleanlyWhenInterrupted, makeScratch } from '../scripts/vscode-host/workbench.mjs';

const { values: options } = parseArgs({
  options: {
    vsix: { type: 'string' },
    vscode: { type: 'string', default: 'newest' },
    times: { type: 'string', default: '9' },
  },
});
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const vsix = options.vsix ?? path.join(root, `${name}-${version}.vsix`);
const report = path.join(root, 'artifacts/activation');
/** Milliseconds that an activation may take. */
const MOST = 300;

const median = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1];
const milliseconds = (number) => `${number.toFixed(0)} ms`.padStart(8);

endCleanlyWhenInterrupted();
rmSync(report, { recursive: true, force: true });
mkdirSync(report, { recursive: true });
const { scratch, workspace, remove } = makeScratch(path.join(root, 'syntaxes'));
/** An extension that does nothing, as a package. */
function emptyPackage() {
  const folder = path.join(scratch, 'empty');
  mkdirSync(folder);
  const names = { name: 'empty', publisher: 'lockstep', version: '0.0.0', description: 'Does nothing.' };
  const manifest = {
    ...names,
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: ['onCommand:never'],
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'main.js'), 'exports.activate = () => {};\n');
  writeFileSync(path.join(folder, 'README.md'), 'Does nothing.\n');
  const file = path.join(scratch, 'empty.vsix');
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const flags = ['--allow-missing-repository', '--skip-license', '--no-dependencies', '--out', file];
  const { status, stderr } = spawnSync(process.execPath, [vsce, 'package', ...flags], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`vsce made no empty extension: ${stderr}`);
  return file;
}

/** By extension, one number for each window. */
const took = { empty: [], lockstep: [] };
try {
  const host = await openHost({ scratch, report, vsix: [vsix, emptyPackage()], vscode: options.vscode });
  try {
    // The first window compiles and caches.
    for (let window = -1; window < Number(options.times); window++) {
      const files = [path.join(root, 'bench/activation/measure.cjs')];
      const result = await host.run({ workspace, files, timeout: 60_000, seconds: 120 });
      if (result?.passes !== 1) throw new Error(`an extension did not activate; see ${report}`);
      const told = JSON.parse(readFileSync(path.join(report, 'activation.json'), 'utf8'));
      if (window >= 0) for (const name of Object.keys(took)) took[name].push(told[name]);
    }
  } finally {
    await host.close();
  }
} catch (error) {
  console.error(`activation: ${error.message}`);
  process.exit(1);
} finally {
  remove();
}
const [baseline, ours] = [median(took.empty), median(took.lockstep)];
console.log(`${cpus()[0].model}, ${cpus().length} cores; medians of ${took.lockstep.length} windows`);
console.log(`extension that does nothing ${milliseconds(baseline)}     1.0x`);
console.log(
  `lockstep                    ${milliseconds(ours)} ${`${(ours / Math.max(baseline, 1)).toFixed(1)}x`.padStart(8)}`,
);
console.log(`${ours < MOST ? 'below' : 'ABOVE'} ${MOST} ms`);
writeFileSync(path.join(report, 'measured.json'), `${JSON.stringify(took)}\n`);
