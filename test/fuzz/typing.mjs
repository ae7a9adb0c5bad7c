// Types, slips, pastes, deletes and undoes in real files for as long as it is told, with a new seed each time; ends with
// exit code 1, the seed and the file on the first crash, flood, problem, or difference from the text read anew.
//   node --import tsx test/fuzz/typing.mjs [--seconds 300] [--steps 400] [--seed N] [--server] [FILE…]
// Without files: those of Go's own standard library that know concurrency best.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { goParser } from '../unit/go/parser.ts';
import { startLanguageServer } from '../unit/server/language-server.ts';
import { typeInto } from './analysed-typing.ts';
import { typeThrough } from './served-typing.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '300' },
    steps: { type: 'string', default: '400' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    server: { type: 'boolean', default: false },
  },
});
const source = path.join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src');
const STANDARD = [
  'net/http/server.go',
  'net/http/transport.go',
  'os/exec/exec.go',
  'database/sql/sql.go',
  'context/context.go',
];
const files = positionals.length > 0 ? positionals : STANDARD.map((file) => path.join(source, file));
const end = Date.now() + Number(values.seconds) * 1000;
const steps = Number(values.steps);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
const spread = (times) => {
  const sorted = [...times].sort((a, b) => a - b);
  return `median ${at(sorted, 0.5)}, 99 % ${at(sorted, 0.99)}, longest ${at(sorted, 1)} ms`;
};

const server = values.server ? await startLanguageServer() : undefined;
const parser = values.server ? undefined : await goParser();
let failed = false;
for (let seed = Number(values.seed), round = 0; Date.now() < end && !failed; seed++, round++) {
  const file = files[round % files.length];
  const text = readFileSync(file, 'utf8');
  try {
    const said = server
      ? await typeThrough(server, `round${round}.go`, text, seed, steps).then(
          ({ answers, publications, most }) =>
            `answers: ${spread(answers)}; ${publications} publications, at most ${most} diagnostics`,
        )
      : (({ quick, whole, most }) =>
          `key strokes: ${spread(quick)}; pauses: ${spread(whole)}; at most ${most} findings`)(
          typeInto(parser, text, seed, steps),
        );
    console.log(`${path.relative(source, file)}, seed ${seed}, ${steps} edits: ${said}`);
  } catch (error) {
    console.error(`${file}, --seed ${seed} --steps ${steps}: ${error.stack}`);
    failed = true;
  }
}
await server?.stop();
process.exitCode = failed ? 1 : 0;
