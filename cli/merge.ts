/** `lockstep merge`: unites what shards of one exploration found. */
import { resolve } from 'node:path';
import { countedFindings } from '../core/report/report';
import { merge as mergeFiles } from '../engine/merge';
import { storeFor, storeOf } from '../engine/store/store';
import { type Failure, failed } from '../engine/system/attempt';
import type { Finding } from '../protocol/finding';
import type { Context, ExitCode, Verb } from './context';
import { summarise } from './describe';
import type { Flags } from './flags';
import { TEST_REPORT_FLAGS, TEST_REPORT_USAGE } from './reports';
import { tell } from './tell';

export const merge: Verb = {
  name: 'merge',
  usage: `merge FILE… [--out DIR] ${TEST_REPORT_USAGE}`,
  summary: 'unite the documents of `lockstep test --json` that shards wrote, and the stores of their findings',
  flags: { ...TEST_REPORT_FLAGS, out: 'value' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { directory } = context;
  const { positionals, text } = flags;
  if (positionals.length === 0) return failed('say what to merge: lockstep merge FILE…');
  const out = text.get('out');
  const nearest = await storeFor(directory);
  const store = nearest.ok ? nearest.value : storeOf(directory);
  const merged = await mergeFiles({
    inputs: positionals.map((input) => resolve(directory, input)),
    directory,
    store: out === undefined ? store : storeOf(store.module, resolve(directory, out)),
  });
  if (!merged.ok) return merged;
  const document = merged.value;
  const { findings, tests, problems } = document;
  const seconds = tests.reduce((sum, test) => sum + test.seconds, 0);
  const incomplete = problems.length > 0 || tests.some(({ problem }) => problem !== undefined);
  const told = { verb: 'test', findings, tests, problems, document, incomplete };
  // Stores know nothing of tests.
  const summary = (all: readonly Finding[]) =>
    tests.length > 0 ? summarise(all, tests, seconds) : countedFindings(all);
  return tell({ ...told, summary }, flags, context);
}
