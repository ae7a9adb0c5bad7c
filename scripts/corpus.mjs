// Explores the corpus of small programs (test/fixtures/programs/corpus) and says what was found in it:
//   node --import tsx scripts/corpus.mjs [--go VERSION,…] [--folders NAME,…] [--schedules N] [--replays N] [--write FILE]
// --go runs it once with each of these toolchains (go1.24.0,go1.27.0; `local` is the one on the PATH); --folders takes
// some of its folders only; --replays replays every finding so often; --write puts the table of the first toolchain between
// the marks of a Markdown page. Exits with 1 when something is not as the programs say, with each of it on a line.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withMarked } from '../cli/marked';
import { complaints, readCorpus } from './corpus/expectations.mjs';
import { CORPUS, copyOfCorpus, exploreCorpus, replay, SCHEDULES } from './corpus/lockstep.mjs';
import { markdown } from './corpus/table.mjs';

const { values: options } = parseArgs({
  options: {
    go: { type: 'string', default: 'local' },
    folders: { type: 'string' },
    schedules: { type: 'string', default: `${SCHEDULES}` },
    replays: { type: 'string', default: '0' },
    write: { type: 'string' },
  },
});
const replays = Number(options.replays);
const folders = options.folders?.split(',');
const corpus = inFolders(readCorpus(CORPUS));

function inFolders({ wants, tests, pending }) {
  const chosen = ({ file }) => folders?.includes(file.split('/')[0]) ?? true;
  return { wants: wants.filter(chosen), tests: tests.filter(chosen), pending: pending.filter(chosen) };
}

async function runWith(toolchain) {
  const environment = toolchain === 'local' ? {} : { GOTOOLCHAIN: toolchain };
  const directory = copyOfCorpus();
  const began = performance.now();
  try {
    const document = await exploreCorpus(directory, {
      environment,
      schedules: Number(options.schedules),
      patterns: folders?.map((folder) => `./${folder}/...`),
    });
    const seconds = (performance.now() - began) / 1000;
    const wrong = complaints(corpus, document);
    const replayed = new Map();
    const waiting = replays > 0 ? [...document.findings] : [];
    const replayer = async () => {
      for (let finding = waiting.shift(); finding; finding = waiting.shift()) {
        const { id, test } = finding;
        const { times, reproduced, divergence, instead, problem } = await replay(directory, id, replays, environment);
        replayed.set(id, `${reproduced} of ${times}`);
        if (reproduced !== replays) {
          wrong.push(
            `${test}: ${id} replayed ${reproduced} of ${times} times: ${divergence?.sentence ?? instead ?? problem ?? ''}`,
          );
        }
      }
    };
    await Promise.all([replayer(), replayer()]);
    const version = execFileSync('go', ['version'], { encoding: 'utf8', env: { ...process.env, ...environment } });
    return { toolchain, version: version.replace('go version', '').trim(), document, wrong, replayed, seconds };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

let failed = false;
for (const [index, toolchain] of options.go.split(',').entries()) {
  const result = await runWith(toolchain);
  const { document, wrong, seconds } = result;
  const parts = [
    toolchain.padEnd(10),
    `${document.tests.length} tests`,
    `${document.findings.length} findings`,
    `${wrong.length} not as expected`,
    ...(replays > 0 ? [`each replayed ${replays} times`] : []),
    `${seconds.toFixed(0)} s`,
  ];
  console.log(parts.join(' · '));
  for (const sentence of wrong) console.log(`  ${sentence}`);
  failed ||= wrong.length > 0;
  if (index === 0 && options.write) {
    const command = `node --import tsx scripts/corpus.mjs --replays ${replays} --write ${options.write}`;
    const page = path.resolve(options.write);
    writeFileSync(page, withMarked(readFileSync(page, 'utf8'), 'npm run corpus', markdown(corpus, result, command)));
  }
}
process.exitCode = failed ? 1 : 0;
