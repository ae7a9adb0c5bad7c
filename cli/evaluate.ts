/** `lockstep evaluate`: scores next-event models on the kernels of GoBench. */
import { resolve } from 'node:path';
import { SCHEDULER_EVENTS } from '../core/model/scheduling/trace';
import { type EvaluateDocument, evaluate as evaluateModels } from '../engine/dataset/evaluate';
import { shippedModel } from '../engine/model/next-event';
import { type Failure, failed } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import type { Flags } from './flags';

export const evaluate: Verb = {
  name: 'evaluate',
  usage: 'evaluate --dir GOBENCH [--model FILE] [--endpoint URL [--endpoint-model NAME]] [--keep DIR] [--json]',
  summary: 'score next-event models on the kernels of a GoBench checkout',
  flags: { dir: 'value', model: 'value', endpoint: 'value', 'endpoint-model': 'value', keep: 'value', json: 'switch' },
  run,
};

/** Of each trace; kernels that hang are cut off. */
const TRACE_MILLISECONDS = 250;

async function run({ text, switches }: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, installation, signal } = context;
  const checkout = text.get('dir');
  if (checkout === undefined) return failed('evaluate needs --dir GOBENCH: a checkout of GoBench');
  const model = text.get('model');
  const endpoint = text.get('endpoint');
  const result = await evaluateModels({
    installation,
    directory: resolve(directory, checkout),
    model: model === undefined ? shippedModel(installation.root) : resolve(directory, model),
    ...(endpoint === undefined ? {} : { endpoint: { url: endpoint, model: text.get('endpoint-model') ?? 'default' } }),
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

function table({ examples, models }: EvaluateDocument): string {
  const percent = (share: number | undefined) => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`);
  const lines = Object.entries(models).map(([name, { accuracy, ece, nll, brier, perClass }]) => {
    const classes = SCHEDULER_EVENTS.map((event) => percent(perClass[event]));
    return `| ${[name, percent(accuracy), ece.toFixed(3), nll.toFixed(3), brier.toFixed(3), ...classes].join(' | ')} |`;
  });
  const head = ['model', 'accuracy', 'ECE', 'NLL', 'Brier', ...SCHEDULER_EVENTS];
  return [
    `${examples.toLocaleString('en')} questions`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...lines,
    '',
  ].join('\n');
}
