// One strategy on one program: until the first run that ends wrongly, or as long as asked.
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runTarget } from '../../engine/run/run.ts';
import { STATE_FILE } from '../../protocol/run.ts';

/** A strategy as a column of the tables: `auto-feedback` is `auto` without that part. */
export function requestOf(column) {
  const [strategy, without] = column.split('-');
  return { strategy, ...(without ? { without: [without] } : {}) };
}

/** Steps of one run at most: who spins is not what is looked for, unless it is. */
const MAX_STEPS = 20_000;

/**
 * Schedules and seconds until the first find, Infinity without one; seconds are those of the runs, not of starting
 * processes. A run that reaches the bound on steps is one only where livelocks are looked for.
 */
export async function firstFind({ subject, points, targets, endless }, column, { seed, schedules, seconds }) {
  const left = () => Math.ceil((seconds - spent) * 1000);
  let spent = 0;
  let state;
  for (let first = 0; first < schedules && left() > 0; ) {
    const request = {
      ...requestOf(column),
      seed: String(seed),
      first,
      iterations: schedules - first,
      points,
      targets,
      state,
    };
    const run = await runTarget(subject, {
      ...request,
      maxSteps: MAX_STEPS,
      milliseconds: left(),
      epoch: '1700000000000000000',
    });
    if (run.end === 'not-started' || run.end === 'overdue') throw new Error(`${subject.test}: ${run.end}`);
    spent += run.summary?.seconds ?? 0;
    if (state) rmSync(path.dirname(state), { recursive: true });
    state = path.join(run.out, STATE_FILE);
    const line = run.lines.find(({ outcome }) => endless || outcome !== 'limit');
    const found = line ? line.index : run.end === 'died' ? (run.diedIn ?? first) : undefined;
    if (found !== undefined || run.summary?.exhausted) {
      rmSync(run.out, { recursive: true });
      return found === undefined ? nothing : { schedules: found + 1, seconds: spent };
    }
    first = Math.max(first + (run.summary?.iterations ?? 0), ...run.lines.map(({ index }) => index + 1));
    if (!existsSync(state)) state = undefined;
  }
  if (state) rmSync(path.dirname(state), { recursive: true });
  return nothing;
}

const nothing = { schedules: Infinity, seconds: Infinity };

/** What so many runs have covered. */
export async function coverageAfter({ subject, points }, column, { seed, schedules }) {
  const request = { ...requestOf(column), seed: String(seed), iterations: schedules, points };
  const run = await runTarget(subject, { ...request, maxSteps: MAX_STEPS, milliseconds: 60_000 });
  rmSync(run.out, { recursive: true });
  return run.summary.coverage;
}

export function percentile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * part) - 1))];
}
