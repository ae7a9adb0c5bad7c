/** `lockstep evaluate`: scores next-event models on the kernels of GoBench. */
import { resolve } from 'node:path';
import type { Measures } from '../core/model/scheduling/measures';
import { SCHEDULER_EVENTS } from '../core/model/scheduling/trace';
import { type EvaluateDocument, evaluate as evaluateModels } from '../engine/dataset/evaluate';
import { evaluateOperations } from '../engine/dataset/evaluate-operations';
import { shippedModel } from '../engine/model/next-event';
import { type Failure, failed, succeeded } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readCount, readSeconds } from './flags';
import { operationsTable } from './operations-table';

export const evaluate: Verb = {
  name: 'evaluate',
  usage:
    'evaluate --dir GOBENCH [--model FILE] [--endpoint URL [--endpoint-model NAME] [--endpoint-questions N]] [--operations [--continuations 200] [--workers 1] [--within TIME]] [--keep DIR] [--json]',
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
  for (const flag of ['continuations', 'workers', 'within'])
    if (text.has(flag)) return failed(`--${flag} goes with --operations`);
  const model = text.get('model');
  const endpoint = text.get('endpoint');
  const most = text.has('endpoint-questions')
    ? readCount('endpoint-questions', text.get('endpoint-questions')!)
    : succeeded(Number.POSITIVE_INFINITY);
  if (!most.ok) return most;
  const result = await evaluateModels({
    installation,
    directory: resolve(directory, checkout),
    model: model === undefined ? shippedModel(installation.root) : resolve(directory, model),
    ...(endpoint === undefined
      ? {}
      : { endpoint: { url: endpoint, model: text.get('endpoint-model'), mostQuestions: most.value } }),
    milliseconds: TRACE_MILLISECONDS,
    kept: text.has('keep') ? resolve(directory, text.get('keep')!) : undefined,
    signal,
    onStep: (step) => terminal.status(`${step} …`),
  });
  if (!result.ok) return result;
  for (const problem of result.value.problems) terminal.complain(problem);
  terminal.print(switches.has('json') ? `${JSON.stringify(result.value)}\n` : table(result.value));
  return EXIT.clean;
}

async function operations({ text, switches }: Flags, checkout: string, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, installation, signal } = context;
  for (const flag of ['model', 'endpoint', 'endpoint-model', 'endpoint-questions'])
    if (text.has(flag)) return failed(`--${flag} does not go with --operations, whose model has no file of its own`);
  const count = readCount('continuations', text.get('continuations') ?? '200');
  if (!count.ok) return count;
  const workers = readCount('workers', text.get('workers') ?? '1');
  if (!workers.ok) return workers;
  const within = text.has('within') ? readSeconds(text.get('within')!) : undefined;
  if (within?.ok === false) return failed(`--within: ${within.problem}`);
  const result = await evaluateOperations({
    ...{ installation, directory: checkout, count: count.value, milliseconds: PLACE_MILLISECONDS, signal },
    workers: workers.value,
    withinSeconds: within?.value,
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

function table({ examples, models, everyRun, endpoint }: EvaluateDocument): string {
  const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);
  const rows: Record<string, Measures> = { ...models, 'ours-unseen, every run': everyRun };
  if (endpoint) {
    rows[`${endpoint.name}, ${endpoint.model.examples} questions`] = endpoint.model;
    rows['ours-unseen, the same questions'] = endpoint.ours;
  }
  const lines = Object.entries(rows).map(([name, { accuracy, ece, eceByChance, nll, brier, perClass }]) => {
    const classes = SCHEDULER_EVENTS.map((event) => percent(perClass[event]));
    return `| ${[name, percent(accuracy), ece.toFixed(3), eceByChance.toFixed(3), nll.toFixed(3), brier.toFixed(3), ...classes].join(' | ')} |`;
  });
  const head = ['model', 'accuracy', 'ECE', 'by chance', 'NLL', 'Brier', ...SCHEDULER_EVENTS];
  const asked = SCHEDULER_EVENTS.map((event) => `${event} ${everyRun.asked[event] ?? 0}`).join(', ');
  return [
    `${examples.toLocaleString('en')} questions; of every run ${everyRun.examples.toLocaleString('en')}: ${asked}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...lines,
    '',
  ].join('\n');
}
