// How many runs of dpor turn out to be another one again (sleep sets cut them off), over programs that run to their end:
// what optimal DPOR would save.
//   node --import tsx bench/dpor.mjs [--dir DIR] [--filter RE] [--schedules N] [--write FILE]
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { disposeBuild } from '../engine/build/build.ts';
import { runTarget } from '../engine/run/run.ts';
import { machine, positive, writeBetweenMarks } from './harness.mjs';
import { moduleAt, programsIn } from './strategies/programs.mjs';

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    filter: { type: 'string', default: '/TestFixed' },
    schedules: { type: 'string', default: '20000' },
    write: { type: 'string' },
  },
});
const schedules = positive('schedules', options.schedules);
const filter = new RegExp(options.filter);
const { build, programs } = await programsIn(await moduleAt(options.dir), (id) => filter.test(id));
const rows = [];
for (const { id, subject, points } of programs) {
  const request = { strategy: 'dpor', seed: '1', first: 0, iterations: schedules, points, maxSteps: 20_000 };
  const run = await runTarget(subject, { ...request, milliseconds: 10_000, epoch: '1700000000000000000' });
  rmSync(run.out, { recursive: true });
  // Whose processes end early, because something was found, says nothing here.
  const { systematic, exhausted, iterations = 0 } = run.summary ?? {};
  if (systematic && (exhausted || iterations === schedules)) rows.push({ id, exhausted, ...systematic });
}
await disposeBuild(build);
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
const ended = rows.filter(({ exhausted }) => exhausted).length;
const said = [];
const say = (text) => {
  console.log(text);
  said.push(`    ${text}`);
};
say(`${machine}; ${rows.length} of ${programs.length} programs, ${ended} explored to the end within ${schedules}`);
say(`${sum('interleavings')} interleavings, ${sum('redundant')} redundant runs`);
for (const { id, interleavings, redundant, exhausted } of rows.sort((a, b) => b.redundant - a.redundant).slice(0, 20)) {
  if (redundant) say(`${id}: ${redundant} of ${interleavings + redundant}${exhausted ? '' : ', not to the end'}`);
}
if (options.write) writeBetweenMarks(options.write, 'dpor', said);
