// What one passing run of each program says about the others, and whether that comes true:
//   node --import tsx bench/predictions.mjs [--dir DIR] [--filter RE] [--part I/N] [--json FILE] [--from FILE,…] [--write FILE]
// Each test of the corpus, or of another module, runs by random walks until a run passes. Of that run alone everything is
// predicted; each prediction is run in its order. What only tells where to look, without an order, is steered to. Of
// corrected twins nothing may be predicted that stands. --part takes a part of the tests; --from makes the table of such
// parts, --write puts it between the marks of a Markdown page. Exits with 1 when a prediction about a twin survives.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withMarked } from '../cli/marked.ts';
import { testsOfShard } from '../core/explore/shard.ts';
import { disposeBuild } from '../engine/build/build.ts';
import { sitesFrom } from '../engine/run/positions.ts';
import { subjectOf } from '../engine/run/subject.ts';
import { readCorpus } from '../scripts/corpus/expectations.mjs';
import { CORPUS } from '../scripts/corpus/lockstep.mjs';
import { built } from './harness.mjs';
import { COURSES, courseOf } from './predictions/course.mjs';
import { failing, passingRun, steered, tried } from './predictions/measure.mjs';
import { table } from './predictions/table.mjs';
import { moduleAt } from './strategies/programs.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    json: { type: 'string' },
    from: { type: 'string' },
    write: { type: 'string' },
  },
});

/** What the corpus wants of a test: the claims of its file; none of a twin. */
const corpus = readCorpus(CORPUS);
const fileOf = (id, test) =>
  corpus.tests.find((one) => one.test === test && id.startsWith(path.posix.dirname(one.file)))?.file;
function claimsOf(id, test) {
  if (options.dir || test.startsWith('TestFixed')) return [];
  const file = fileOf(id, test);
  return corpus.wants.filter((want) => want.file === file && !want.optional);
}

async function measureTest(id, test, subject) {
  const claims = claimsOf(id, test);
  const result = { id, file: fileOf(id, test), twin: test.startsWith('TestFixed'), claims: claims.map(claimText) };
  const passed = await passingRun(subject);
  if (!passed.evidence) return { ...result, runs: passed.runs };
  const seen = passed.evidence.findings;
  const predictions = await tried(subject, passed.evidence);
  const steering = result.twin ? undefined : await steered(subject, passed.evidence);
  const shown = [...seen, ...predictions.flatMap(({ findings }) => findings)];
  const met = (findings) => claims.filter((claim) => findings.some((finding) => isThere(finding, claim)));
  return {
    ...result,
    runs: passed.runs,
    seen: met(seen).map(claimText),
    predicted: met(shown).map(claimText),
    steered: met([...shown, ...(steering?.findings ?? [])]).map(claimText),
    steering: steering?.runs,
    courses: result.twin ? undefined : await coursesOf(subject, passed.evidence, claims, met(shown)),
    predictions: predictions.map(({ findings, ...told }) => told),
  };
}

/** Of each claim that is not foretold, how the runs that show it differ from the one that passed, at least. */
async function coursesOf(subject, passed, claims, foretold) {
  const wanted = claims.filter((claim) => !foretold.includes(claim));
  const courses = new Map();
  const isLeast = (claim) => courses.get(claim) === COURSES[0];
  if (wanted.length === 0) return {};
  for await (const evidence of failing(subject, passed)) {
    for (const claim of wanted) {
      const { file, line } = claim;
      if (isLeast(claim) || !evidence.findings.some((finding) => isThere(finding, claim))) continue;
      const course = courseOf(passed.trace, evidence.trace, new Set([`${file}:${line}`]));
      const known = courses.get(claim);
      if (known === undefined || COURSES.indexOf(course) < COURSES.indexOf(known)) courses.set(claim, course);
    }
    if (wanted.every(isLeast)) break;
  }
  return Object.fromEntries([...courses].map(([claim, course]) => [claimText(claim), course]));
}

const claimText = ({ kind, line }) => `${kind}:${line}`;
const isThere = (finding, { kind, file, line }) =>
  [finding, ...(finding.alsoSeen ?? [])].some(
    (view) => view.kind === kind && view.sites.some((site) => site.file === file && site.line === line),
  );

async function measured() {
  const directory = await moduleAt(options.dir);
  const filter = new RegExp(options.filter);
  const build = await built(directory);
  try {
    const sites = sitesFrom(build.document, directory, build.toolchain.goroot);
    const tests = build.packages.flatMap((found) =>
      found.tests.map(({ name }) => ({ found, name, id: `${path.relative(directory, found.dir)}/${name}` })),
    );
    const [index, of] = options.part.split('/').map(Number);
    const wanted = testsOfShard(
      tests.map(({ id }) => id).filter((id) => filter.test(id)),
      { index, of },
    );
    const results = [];
    for (const { found, name, id } of tests) {
      if (!wanted.has(id)) continue;
      results.push(await measureTest(id, name, subjectOf(build, found, name, sites)));
      process.stderr.write(`${id}\n`);
    }
    return results;
  } finally {
    await disposeBuild(build);
  }
}

const results = options.from
  ? options.from.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')))
  : await measured();
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, undefined, 1)}\n`);
const { markdown, wrong } = table(results);
if (options.write) {
  const page = path.resolve(options.write);
  writeFileSync(page, withMarked(readFileSync(page, 'utf8'), 'bench/predictions.mjs', markdown));
} else console.log(markdown);
for (const sentence of wrong) console.error(sentence);
process.exitCode = wrong.length > 0 ? 1 : 0;
