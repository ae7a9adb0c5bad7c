/** `lockstep predict`: what is likely to come of an operation, or next at a step of a finding. */

import { resolve } from 'node:path';
import { restsOn } from '../core/model/counts';
import { EndpointModel } from '../engine/model/endpoint';
import { asSource, loadNextEventModel, shippedModel } from '../engine/model/next-event';
import type { NextEventSource } from '../engine/model/next-events';
import { predictSite } from '../engine/model/predict-site';
import { predictStep } from '../engine/model/predict-step';
import { storeFor } from '../engine/store/store';
import { type Attempt, type Failure, failed, succeeded } from '../engine/system/attempt';
import { english } from '../protocol/phrase';
import type {
  PredictDocument,
  PredictedShare,
  SitePrediction,
  SpeakingOrder,
  StepPrediction,
} from '../protocol/prediction';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readCount } from './flags';

const DEFAULT_RUNS = 200;

export const predict: Verb = {
  name: 'predict',
  usage:
    'predict FILE:LINE [--endpoint URL [--endpoint-model NAME]] | FINDING [--step N] [--runs N] [--tags LIST] [--out DIR] [--json]',
  summary: 'say what is likely to come of an operation, or next at a step of a stored finding, and how sure that is',
  flags: {
    ...{ step: 'value', runs: 'value', tags: 'value', out: 'value' },
    ...{ endpoint: 'value', 'endpoint-model': 'value', json: 'switch' },
  },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const [what, ...more] = flags.positionals;
  if (what === undefined || more.length > 0) return failed('say what to predict: lockstep predict FILE:LINE, or ID');
  const place = /^(.+\.go):(\d+)(?::\d+)?$/u.exec(what);
  if (!place && flags.text.has('endpoint')) return failed('--endpoint goes with FILE:LINE');
  const document = place ? await sites(place[1]!, Number(place[2]), flags, context) : await step(what, flags, context);
  if (!document.ok) return document;
  const { value } = document;
  if (flags.switches.has('json')) context.terminal.print(JSON.stringify(value, null, 2));
  else
    context.terminal.print(
      [...(value.sites ?? []).map(siteText), ...(value.step ? [stepText(value.step)] : [])].join('\n\n'),
    );
  return EXIT.clean;
}

async function sites(
  file: string,
  line: number,
  { text }: Flags,
  { directory, installation, signal, terminal }: Context,
): Promise<Attempt<PredictDocument>> {
  const sources: NextEventSource[] = [];
  const url = text.get('endpoint');
  const endpoint = url === undefined ? undefined : EndpointModel.at({ url, model: text.get('endpoint-model') });
  if (endpoint?.ok === false) return endpoint;
  const shipped = await loadNextEventModel(shippedModel(installation.root));
  if (shipped.ok) sources.push(asSource(shipped.value));
  else terminal.complain(shipped.problem);
  if (endpoint) sources.push(endpoint.value);
  const onProblem = (problem: string) => terminal.complain(problem);
  const found = await predictSite({
    ...{ installation, directory, file: resolve(directory, file), line, sources, signal, onProblem },
  });
  return found.ok ? succeeded({ version: 1, sites: found.value }) : found;
}

async function step(finding: string, { text }: Flags, context: Context): Promise<Attempt<PredictDocument>> {
  const { directory, installation, terminal, signal } = context;
  const runs = readCount('runs', text.get('runs') ?? `${DEFAULT_RUNS}`);
  if (!runs.ok) return runs;
  const at = text.has('step') ? readCount('step', text.get('step') ?? '') : undefined;
  if (at && !at.ok) return at;
  const store = await storeFor(directory);
  if (!store.ok) return store;
  const found = await predictStep({
    ...{ installation, moduleDirectory: store.value.module, finding, runs: runs.value, signal },
    out: text.has('out') ? resolve(directory, text.get('out') ?? '') : undefined,
    tags: text.get('tags'),
    step: at?.value,
    onStage: (stage) => terminal.status(`${stage} …`),
  });
  return found.ok ? succeeded({ version: 1, step: found.value }) : found;
}

const BAR = 20;

function shareLines(shares: readonly PredictedShare[], indent: string): string[] {
  const width = Math.max(...shares.map(({ label }) => label.length));
  return shares.map(({ label, probability, low, high, times }) => {
    const bar = '█'.repeat(Math.round(probability * BAR)).padEnd(BAR, '░');
    const range = `${percent(low)}–${percent(high)}`;
    return `${indent}${label.padEnd(width)}  ${bar} ${percent(probability).padStart(3)} %  (${range} %, seen ${times.toLocaleString('en')} ${times === 1 ? 'time' : 'times'})`;
  });
}

const percent = (share: number): string => (share > 0 && share < 0.005 ? '<1' : `${Math.round(share * 100)}`);

function siteText(site: SitePrediction): string {
  const { file, line, operation, expression, shares, times, runs, dependsOn, next = [] } = site;
  const lines = [
    `${file}:${line} ${operation}${expression === '' ? '' : ` ${expression}`}`,
    ...shareLines(shares, '  '),
  ];
  lines.push(`  It rests on ${english(restsOn({ times, runs }))}.`);
  if (dependsOn.length > 0) {
    lines.push('  It depends on who gets there first:');
    for (const { file: other, line: at, does, function: name } of dependsOn)
      lines.push(`    ${other}:${at} ${does}${name === '' ? '' : ` (${name})`}`);
  }
  for (const { by, events } of next) {
    const told = events.map(({ event, probability }) => `${event} ${percent(probability)} %`);
    lines.push(`  What the scheduler sees next (${by}, from the code): ${told.join(', ')}`);
  }
  return lines.join('\n');
}

function orderText({ first, second, end, runs, ended, otherRuns, otherEnded }: SpeakingOrder): string {
  const at = ({ goroutine, file, line }: SpeakingOrder['first']) => `goroutine ${goroutine} at ${file}:${line}`;
  return `  ${at(first)} before ${at(second)}: ${end} in ${ended} of ${runs} runs; the other way round in ${otherEnded} of ${otherRuns}`;
}

function stepText({
  finding,
  test,
  step: at,
  of,
  turn,
  goroutines,
  ends,
  speaks,
  continuations,
  decided,
}: StepPrediction): string {
  const lines = [`Step ${at} of ${of} of finding ${finding}, in ${test}; ${continuations} runs went on from there.`];
  if (decided === 0) lines.push('No run of the test ended well, whatever it did first.');
  else if (decided !== undefined) lines.push(`No run that had done the first ${decided} steps ended well.`);
  if (turn.length > 0) lines.push('Whose turn comes next:', ...shareLines(turn, '  '));
  for (const { goroutine, operation, place, waiting, unreached, shares } of goroutines) {
    if (shares.length === 0) continue;
    const where = place ? ` at ${place.file}:${place.line}` : '';
    const sure = unreached ? '; nobody who still moves can reach it' : '';
    lines.push(
      `Goroutine ${goroutine} ${waiting ? 'waits in' : 'comes to'} ${operation}${where}${sure}:`,
      ...shareLines(shares, '  '),
    );
  }
  lines.push('How it ends:', ...shareLines(ends, '  '));
  if (speaks.length > 0) lines.push('What it depends on:', ...speaks.map(orderText));
  return lines.join('\n');
}
