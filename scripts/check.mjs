// Everything that is judged without running the programs: types, lint, layers, Go formatting and vet.
// Goes on after a failure, so that one run names all of them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const tool = (name) => path.join(root, 'node_modules', ...name.split('/'));

const checks = [
  { name: 'types', command: process.execPath, args: [tool('typescript/bin/tsc'), '--build'] },
  {
    name: 'lint and format',
    command: process.execPath,
    args: [tool('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings'],
  },
  { name: 'layers', command: process.execPath, args: ['scripts/layers.mjs'] },
  // gofmt exits 0 whatever it finds: a printed name is the failure.
  { name: 'gofmt', command: 'gofmt', args: ['-l', 'bench', 'examples', 'tracer', 'training'], silent: true },
  { name: 'go vet, tracer', command: 'go', args: ['vet', './...'], in: 'tracer' },
  { name: 'go vet, training', command: 'go', args: ['vet', './...'], in: 'training/scheduling' },
  { name: 'go vet, examples', command: 'go', args: ['vet', './...'], in: 'examples' },
];

let failed = 0;
for (const check of checks) {
  const result = spawnSync(check.command, check.args, { cwd: path.join(root, check.in ?? '.'), encoding: 'utf8' });
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim();
  const passed = result.status === 0 && !(check.silent && said !== '');
  if (!passed) failed++;
  console.log(`${passed ? 'ok    ' : 'FAILED'} ${check.name}${passed ? '' : `\n${said}`}`);
}
process.exitCode = failed === 0 ? 0 : 1;
