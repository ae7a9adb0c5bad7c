/** `lockstep evaluate`: scores next-event models on the kernels of GoBench. */
import { resolve } from 'node:path';
import type { Measures } from '../core/model/scheduling/measures';
import { SCHEDULER_EVENTS } from '../core/model/scheduling/trace';
import { evaluate as evaluateModels } from '../engine/dataset/evaluate';
import { type EvaluateEndpointOptions, evaluateEndpoint } from '../engine/dataset/evaluate-endpoint';
import { evaluateOperations } from '../engine/dataset/evaluate-operations';
import { shippedModel } from '../engine/model/next-event';
import { type Attempt, type Failure, failed, succeeded } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readCount, readSeconds } from './flags';
import { operationsTable } from './operations-table';

export const evaluate: Verb = {
  name: 'evaluate',
  usage:
    'evaluate --dir GOBENCH [--model FILE] [--endpoint URL [--endpoint-model NAME] [--endpoint-questions N] [--within TIME]] [--operations [--continuations 200] [--workers 1] [--within TIME]] [--keep DIR] [--json]',
  summary: 'score next-event models, or those of operations, on the kernels of a GoBench checkout',
  flags: {
    ...{ dir: 'value', model: 'value', endpoint: 'value', 'endpoint-model': 'value', 'endpoint-questions': 'value' },
    ...{
      operations: 'switch',
      continuations: 'value',
      workers: 'value',
      within: 'value',
      keep: 'value',
      json: 'switch',
    },
  },
  run,
};

/** Of each trace; kernels that hang are cut off. */
const TRACE_MILLISECONDS = 250;

/** Continuations from one place at most. */
const PLACE_MILLISECONDS = 5_000;

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { text, switches } = flags;
  const { terminal, directory, installation, signal } = context;
  const checkout = text.get('dir');
  if (checkout === undefined) return failed('evaluate needs --dir GOBENCH: a checkout of GoBench');
  if (switches.has('operations')) return operations(flags, resolve(directory, checkout), context);
  for (const flag of ['continuations', 'workers'])
    if (text.has(flag)) return failed(`--${flag} goes with --operations`);
  const model = text.get('model');
  const bounds = {
    installation,
    directory: resolve(directory, checkout),
    model: model === undefined ? shippedModel(installation.root) : resolve(directory, model),
    milliseconds: TRACE_MILLISECONDS,
    kept: text.has('keep') ? resolve(directory, text.get('keep')!) : undefined,
    signal,
    onStep: (step: string) => terminal.status(`${step} …`),
  };
  if (text.has('endpoint')) return languageModel(flags, bounds, terminal);
  for (const flag of ['endpoint-model', 'endpoint-questions', 'within'])
    if (text.has(flag)) return failed(`--${flag} goes with ${flag === 'within' ? '--operations or ' : ''}--endpoint`);
  const result = await evaluateModels(bounds);
  if (!result.ok) return result;
  for (const problem of result.value.problems) terminal.complain(problem);
  const { examples, models, everyRun } = result.value;
  const asked = SCHEDULER_EVENTS.map((event) => `${event} ${everyRun.asked[event] ?? 0}`).join(', ');
  const told = `${questions(examples)}; of every run ${everyRun.examples.toLocaleString('en')}: ${asked}`;
  const rows = { ...models, 'ours-unseen, every run': everyRun };
  terminal.print(switches.has('json') ? `${JSON.stringify(result.value)}\n` : `${told}\n\n${table(rows)}`);
  return EXIT.clean;
}

async function languageModel(
  { text, switches }: Flags,
  bounds: Omit<EvaluateEndpointOptions, 'endpoint' | 'most'>,
  terminal: Context['terminal'],
): Promise<ExitCode | Failure> {
  const most = text.has('endpoint-questions')
    ? readCount('endpoint-questions', text.get('endpoint-questions')!)
    : succeeded(Number.POSITIVE_INFINITY);
  if (!most.ok) return most;
  const within = secondsWithin(text);
  if (!within.ok) return within;
  const result = await evaluateEndpoint({
    ...bounds,
    endpoint: { url: text.get('endpoint') ?? '', model: text.get('endpoint-model') },
    most: most.value,
    withinSeconds: within.value,
  });
  if (!result.ok) return result;
  const { examples, models, problems } = result.value;
  for (const problem of problems) terminal.complain(problem);
  const found = `${questions(examples)}\n\n${table(models)}`;
  terminal.print(switches.has('json') ? `${JSON.stringify(result.value)}\n` : found);
  return EXIT.clean;
}

const questions = (count: number): string => `${count.toLocaleString('en')} questions`;

function secondsWithin(text: Flags['text']): Attempt<number | undefined> {
  const within = text.has('within') ? readSeconds(text.get('within')!) : succeeded(undefined);
  return within.ok ? within : failed(`--within: ${within.problem}`);
}

async function operations({ text, switches }: Flags, checkout: string, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, installation, signal } = context;
  for (const flag of ['model', 'endpoint', 'endpoint-model', 'endpoint-questions'])
    if (text.has(flag)) return failed(`--${flag} does not go with --operations, whose model has no file of its own`);
  const count = readCount('continuations', text.get('continuations') ?? '200');
  if (!count.ok) return count;
  const workers = readCount('workers', text.get('workers') ?? '1');
  if (!workers.ok) return workers;
  const within = secondsWithin(text);
  if (!within.ok) return within;
  const result = await evaluateOperations({
    ...{ installation, directory: checkout, count: count.value, milliseconds: PLACE_MILLISECONDS, signal },
    workers: workers.value,
    withinSeconds: within.value,
    kept: text.has('keep') ? resolve(directory, text.get('keep')!) : undefined,
    onStep: (step) => terminal.status(`${step} …`),
  });
  if (!result.ok) return result;
  const { problems, left, tests } = result.value;
  for (const problem of problems) terminal.complain(problem);
  if (left > 0) terminal.complain(`There was no time for ${left} of ${left + tests} tests.`);
  terminal.print(switches.has('json') ? `${JSON.stringify(result.value)}\n` : operationsTable(result.value));
  return EXIT.clean;
}

function table(models: Record<string, Measures>): string {
  const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);
  const lines = Object.entries(models).map(([name, { accuracy, ece, eceByChance, nll, brier, perClass }]) => {
    const classes = SCHEDULER_EVENTS.map((event) => percent(perClass[event]));
    return `| ${[name, percent(accuracy), ece.toFixed(3), eceByChance.toFixed(3), nll.toFixed(3), brier.toFixed(3), ...classes].join(' | ')} |`;
  });
  const head = ['model', 'accuracy', 'ECE', 'by chance', 'NLL', 'Brier', ...SCHEDULER_EVENTS];
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...lines, ''].join('\n');
}
