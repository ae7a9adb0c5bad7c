// How well the next operations are predicted, at identical prefixes:
//   node --import tsx bench/next-operation.mjs [--dir DIR] [--filter RE] [--part I/N] [--continuations N] [--seconds N]
//     [--within SECONDS] [--besides FILE] [--signature] --gather FILE
//   node --import tsx bench/next-operation.mjs --from FILE,… [--fit FILE] [--write FILE]
// Each test of the corpus, or of another module or GoBench checkout, is run once by random walks, and left after a
// quarter, a half, three quarters and 95 % of its steps; from there it goes on many times. --gather keeps what was asked and what
// followed, --part takes a part of the tests, --within ends after so long, --besides keeps what a file has and goes on.
// --seconds bounds the runs that go on from one place. --signature asks only who is said to wait for ever. --from scores the model on programs that it was not fitted to (of a file
// named GATHERED:all on all); --fit fits it to the others and writes core/model/operations/weights.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withMarked } from '../cli/marked.ts';
import { testsOfShard } from '../core/explore/shard.ts';
import { disposeBuild } from '../engine/build/build.ts';
import { sitesFrom } from '../engine/run/positions.ts';
import { subjectOf } from '../engine/run/subject.ts';
import { built } from './harness.mjs';
import { fitted } from './next-operation/fit.mjs';
import { gather } from './next-operation/gather.mjs';
import { hashOf, isHeldOut, programOf, tables } from './next-operation/score.mjs';
import { signatureOf } from './next-operation/signature.mjs';
import { moduleAt } from './strategies/programs.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    continuations: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    within: { type: 'string', default: '3600' },
    besides: { type: 'string' },
    signature: { type: 'boolean', default: false },
    gather: { type: 'string' },
    from: { type: 'string' },
    fit: { type: 'string' },
    write: { type: 'string' },
  },
});

async function gathered() {
  const directory = await moduleAt(options.dir && path.resolve(options.dir));
  const build = await built(directory);
  try {
    const sites = sitesFrom(build.document, directory, build.toolchain.goroot);
    const filter = new RegExp(options.filter);
    const tests = build.packages
      .flatMap((found) =>
        found.tests.map(({ name }) => ({ found, name, id: `${path.relative(directory, found.dir)}/${name}` })),
      )
      .filter(({ id }) => filter.test(id));
    const [index, of] = options.part.split('/').map(Number);
    const wanted = testsOfShard(
      tests.map(({ id }) => id),
      { index, of },
    );
    const results = options.besides ? JSON.parse(readFileSync(options.besides, 'utf8')) : [];
    const known = new Set(results.map(({ id }) => id));
    const until = performance.now() + Number(options.within) * 1000;
    // In no order that has to do with what they are about, so that a part of them is a sample.
    for (const { found, name, id } of tests.sort((a, b) => hashOf(a.id) - hashOf(b.id))) {
      if (!wanted.has(id) || known.has(id)) continue;
      if (performance.now() > until) break;
      const subject = subjectOf(build, found, name, sites);
      const asked = { count: Number(options.continuations), milliseconds: Number(options.seconds) * 1000 };
      const questions = options.signature ? [] : await gather(subject, asked);
      results.push({ id, program: programOf(id), questions, signature: await signatureOf(subject) });
      // What has been gathered stays when the rest takes too long.
      writeFileSync(options.gather, JSON.stringify(results));
      process.stderr.write(`${id}: ${questions.length}\n`);
    }
    return results;
  } finally {
    await disposeBuild(build);
  }
}

if (options.gather) await gathered();
if (options.from) {
  const results = options.from.split(',').flatMap((name) => {
    const all = name.endsWith(':all');
    const read = JSON.parse(readFileSync(all ? name.slice(0, -':all'.length) : name, 'utf8'));
    return read.map((result) => ({ ...result, heldOut: all || isHeldOut(result.program) }));
  });
  const weights = options.fit ? fitted(results.filter(({ heldOut }) => !heldOut)) : undefined;
  if (weights) {
    const lines = Object.entries(weights).map(([word, weight]) => `  '${word}': ${weight},`);
    const says = '/** Fitted by bench/next-operation.mjs --fit: what a feature adds to the score of a candidate. */';
    const type = 'export type Weights = Readonly<Record<string, number>>;';
    const text = `${says}\n${type}\n\nexport const WEIGHTS: Weights = {\n${lines.join('\n')}\n};\n`;
    writeFileSync(options.fit, text);
  }
  const markdown = tables(results, weights);
  if (options.write) {
    const page = path.resolve(options.write);
    writeFileSync(page, withMarked(readFileSync(page, 'utf8'), 'bench/next-operation.mjs', markdown));
  } else console.log(markdown);
}
