// Real modules from the module proxy, at pinned versions: do they build instrumented, behave as natively, and can
// they be explored?
//   node bench/modules.mjs build|record|control [--only RE] [--packages RE] [--dir DIR] [--seconds N] [--again]
//   node bench/modules.mjs table
// `modules/modules.json` names modules, versions and packages. A module is copied out of the module cache to DIR
// (default: lockstep-modules in the user's cache folder), where results are kept too, package by package: what did not
// change since is not done again without --again. After --seconds no further package is begun; exit code 3 says that
// some are left for the next time. --native-seconds (60) is how long the tests of a package may take natively that
// stage record takes. Each result is printed as a line of JSON; `table` prints all as Markdown.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './modules/build.mjs';
import { control } from './modules/control.mjs';
import { fetchModule } from './modules/fetch.mjs';
import { record } from './modules/record.mjs';
import { keepPart, keptPart, readResult } from './modules/results.mjs';
import { table } from './modules/table.mjs';

const stages = { build, control, record };
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    packages: { type: 'string', default: '' },
    dir: {
      type: 'string',
      default: path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'lockstep-modules'),
    },
    seconds: { type: 'string', default: 'Infinity' },
    'native-seconds': { type: 'string', default: '60' },
    again: { type: 'boolean', default: false },
  },
});
const [stage] = positionals;
const LEFT_FOR_NEXT_TIME = 3;
const end = performance.now() + Number(options.seconds) * 1000;
const listed = JSON.parse(readFileSync(path.join(import.meta.dirname, 'modules/modules.json'), 'utf8'));
const chosen = listed.filter(({ module }) => new RegExp(options.only).test(module));

if (stage === 'table') {
  console.log(table(options.dir, chosen));
} else if (stages[stage]) {
  for (const entry of chosen) {
    let result;
    try {
      result = await resultOf(entry);
    } catch (error) {
      // A module that cannot be had must not keep the others waiting.
      result = { problems: [error.message.slice(-600)] };
      process.exitCode = 1;
    }
    console.log(JSON.stringify({ module: entry.module, version: entry.version, stage, ...result }));
  }
} else {
  console.error(
    'usage: node bench/modules.mjs build|record|control|table [--only RE] [--packages RE] [--dir DIR] [--seconds N] [--again]',
  );
  process.exitCode = 2;
}

async function resultOf(entry) {
  const module = fetchModule(options.dir, entry);
  const parts = stages[stage](module, options.dir, options);
  const names = parts.map(({ name }) => name);
  for (const { name, key, run } of parts.filter(({ name }) => new RegExp(options.packages).test(name))) {
    if (!options.again && keptPart(options.dir, module, stage, name, key)) continue;
    if (performance.now() > end) {
      process.exitCode = LEFT_FOR_NEXT_TIME;
      break;
    }
    keepPart(options.dir, module, stage, name, key, await run(), names);
    console.error(`${stage} ${name}`);
  }
  return readResult(options.dir, module, stage);
}
