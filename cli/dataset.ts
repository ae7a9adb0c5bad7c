/** `lockstep dataset`: runs tests as they are and writes what the scheduler did next, for training and scoring models. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { examples, placesAt, placesThrough } from '../core/model/scheduling/examples';
import { featureRow } from '../core/model/scheduling/features';
import { observe } from '../engine/dataset/observe';
import { testFilter } from '../engine/explore/tests-to-run';
import { type Failure, failed } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readCount, readSeconds } from './flags';

export const dataset: Verb = {
  name: 'dataset',
  usage:
    'dataset [packages] --out FILE [--run RE] [--runs 5] [--most-tests 40] [--trace-time 1s] [--keep DIR] [--prompts] [--without-synchronisation]',
  summary: 'run tests as they are, and write what the scheduler did next (docs/next-event.md)',
  flags: {
    out: 'value',
    run: 'value',
    runs: 'value',
    'most-tests': 'value',
    'trace-time': 'value',
    keep: 'value',
    prompts: 'switch',
    'without-synchronisation': 'switch',
  },
  run,
};

/** Places asked about in each trace, besides the three of the protocol. */
const PLACES = 60;

async function run({ text, switches, positionals }: Flags, context: Context): Promise<ExitCode | Failure> {
  const { directory, installation, signal, terminal } = context;
  const out = text.get('out');
  if (out === undefined) return failed('dataset needs --out FILE: where the examples go');
  const filter = testFilter(text.get('run'));
  if (!filter.ok) return filter;
  const runs = readCount('runs', text.get('runs') ?? '5');
  if (!runs.ok) return runs;
  const mostTests = readCount('most-tests', text.get('most-tests') ?? '40');
  if (!mostTests.ok) return mostTests;
  const seconds = readSeconds(text.get('trace-time') ?? '1s');
  if (!seconds.ok) return failed(`--trace-time: ${seconds.problem}`);
  const told = {
    alone: true,
    prompts: switches.has('prompts'),
    synchronisation: !switches.has('without-synchronisation'),
  };
  const file = createWriteStream(resolve(directory, out));
  let written = 0;
  const result = await observe({
    installation,
    directory,
    patterns: positionals.length > 0 ? positionals : ['.'],
    wants: filter.value,
    runs: runs.value,
    mostTests: mostTests.value,
    milliseconds: Math.round(seconds.value * 1000),
    kept: text.has('keep') ? resolve(directory, text.get('keep')!) : undefined,
    signal,
    onStep: (step) => terminal.status(`${step} …`),
    onObserved: ({ module, package: importPath, test, run, trace, code }) => {
      const asked = placesAt(trace, [0.25, 0.5, 0.75]);
      for (const example of examples(trace, code, test, placesThrough(trace, PLACES, asked), told)) {
        const { event, truth, prefix, position, features, candidates, prompt, alone } = example;
        const line = {
          module,
          package: importPath,
          test,
          run,
          position,
          asked: !alone && asked.includes(position),
          alone,
          prefix,
          event,
          truth,
          state: features.map(featureRow),
          candidates: candidates.map((one) => [one.event, ...one.features.map(featureRow)]),
          prompt,
        };
        file.write(`${JSON.stringify(line)}\n`);
        written++;
      }
    },
  });
  file.end();
  await once(file, 'close');
  if (!result.ok) return result;
  for (const problem of result.value) terminal.complain(problem);
  terminal.print(`${written.toLocaleString('en')} examples in ${out}\n`);
  return EXIT.clean;
}
