// How well the next operations are predicted, at identical prefixes; `lockstep evaluate --operations` asks it of GoBench.
//   node --import tsx bench/next-operation.mjs [--dir MODULE] [--filter RE] [--continuations N] [--seconds N]
//     [--workers N] [--within SECONDS] [--signature | --anew] --gather FILE
//   node --import tsx bench/next-operation.mjs --from FILE,… [--fit] [--write FILE]
// Each test of the corpus, or of another module, is run once by random walks, and left after a quarter, a half, three
// quarters and 95 % of its steps; from there it goes on many times. --gather keeps test by test what was asked and what
// followed, and goes on with what the file has not; --within begins no test after so long. --seconds bounds the runs that
// go on from one place. --signature asks only who is said to wait for ever; --anew reads the
// features of what is kept anew. --from scores the model on programs that it
// was not fitted to (of a file named GATHERED:all on all), a table for each file; --fit fits it to the others and writes
// core/model/operations/weights.ts and trust.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withMarked } from '../cli/marked.ts';
import { operationsTable } from '../cli/operations-table.ts';
import { isHeldOut } from '../core/model/operations/gathered.ts';
import { scoreOperations } from '../core/model/operations/score.ts';
import { gatheredFrom, gatherOperations } from '../engine/dataset/gathering.ts';
import { installationAt } from '../engine/system/installation.ts';
import { CORPUS } from '../scripts/corpus/lockstep.mjs';
import { root } from './harness.mjs';
import { fitted, writeFitted } from './next-operation/fit.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string', default: CORPUS },
    filter: { type: 'string', default: '' },
    continuations: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    workers: { type: 'string', default: '1' },
    within: { type: 'string', default: '3600' },
    signature: { type: 'boolean', default: false },
    anew: { type: 'boolean', default: false },
    gather: { type: 'string' },
    from: { type: 'string' },
    fit: { type: 'boolean', default: false },
    write: { type: 'string' },
  },
});

function succeededIn(attempt) {
  if (!attempt.ok) throw new Error(attempt.problem);
  return attempt.value;
}

async function gathered() {
  const filter = new RegExp(options.filter);
  const { left, problems } = succeededIn(
    await gatherOperations({
      installation: installationAt(root),
      directory: path.resolve(options.dir),
      wants: (id) => filter.test(id),
      file: path.resolve(options.gather),
      count: Number(options.continuations),
      milliseconds: Number(options.seconds) * 1000,
      workers: Number(options.workers),
      withinSeconds: Number(options.within),
      signatureOnly: options.signature,
      anew: options.anew,
      onStep: (step) => process.stderr.write(`${step}\n`),
    }),
  );
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (left > 0) process.stderr.write(`${left} tests are left\n`);
}

if (options.gather) await gathered();
if (options.from) {
  const read = options.from.split(',').map((name) => {
    const all = name.endsWith(':all');
    const file = all ? name.slice(0, -':all'.length) : name;
    const title = path.basename(file, '.json');
    return { all, name: title, tests: succeededIn(gatheredFrom(JSON.parse(readFileSync(file, 'utf8')), file)) };
  });
  const known = read.flatMap(({ all, tests }) => (all ? [] : tests.filter((test) => !isHeldOut(test))));
  const model = options.fit ? fitted(known) : undefined;
  if (model) writeFitted(model);
  // One table for each file. The leak signature is not fitted, so that all tests are asked about it.
  const markdown = read
    .map(({ all, name, tests }) => {
      const asked = tests.filter((test) => all || isHeldOut(test));
      const scores = scoreOperations(asked, model?.weights, model?.trust);
      const title = `**${name}**: ${asked.length} tests that nothing was fitted to.`;
      return `${title}\n\n${operationsTable({ ...scores, signature: scoreOperations(tests).signature })}`;
    })
    .join('\n');
  if (options.write) {
    const page = path.resolve(options.write);
    writeFileSync(page, withMarked(readFileSync(page, 'utf8'), 'bench/next-operation.mjs', markdown));
  } else console.log(markdown);
}
