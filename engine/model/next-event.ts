/** A next-event model, run by ONNX Runtime (WebAssembly). Loaded when first asked. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as Runtime from 'onnxruntime-web';
import type { Situation } from '../../core/model/scheduling/candidates';
import { heedingCode } from '../../core/model/scheduling/code-says';
import type { EventChances } from '../../core/model/scheduling/evidence';
import { featureRow } from '../../core/model/scheduling/features';
import { SCHEDULER_EVENTS } from '../../core/model/scheduling/trace';
import { phrase } from '../../protocol/phrase';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import type { NextEventSource } from './next-events';

/** As in training/train.py: what is beyond is not looked at. */
const STATE_FEATURES = 12;
const CANDIDATE_FEATURES = 72;
const MODEL_FILE = 'next-event.onnx';

export class NextEventModel {
  constructor(
    private readonly runtime: typeof Runtime,
    private readonly session: Runtime.InferenceSession,
  ) {}

  /** Probability of each candidate of the situation; they add up to 1. Empty where there are none. */
  async candidates({ features, candidates }: Situation): Promise<number[]> {
    if (candidates.length === 0) return [];
    const rows = new Int32Array(candidates.length * CANDIDATE_FEATURES);
    for (const [index, { features: of }] of candidates.entries()) {
      for (const [place, word] of of.slice(0, CANDIDATE_FEATURES).entries())
        rows[index * CANDIDATE_FEATURES + place] = featureRow(word);
    }
    const state = new Int32Array(STATE_FEATURES);
    for (const [place, word] of features.slice(0, STATE_FEATURES).entries()) state[place] = featureRow(word);
    const { Tensor } = this.runtime;
    const { scores } = await this.session.run({
      state: new Tensor('int32', state, [1, STATE_FEATURES]),
      candidates: new Tensor('int32', rows, [candidates.length, CANDIDATE_FEATURES]),
    });
    return heedingCode(softmax([...(scores!.data as Float32Array)]), candidates);
  }

  /** Probability of each event, in the order of SCHEDULER_EVENTS. An event that the state does not allow has 0. */
  async events(situation: Situation): Promise<EventChances> {
    const chances = SCHEDULER_EVENTS.map(() => 0);
    const each = await this.candidates(situation);
    for (const [index, { event }] of situation.candidates.entries()) {
      chances[SCHEDULER_EVENTS.indexOf(event)]! += each[index]!;
    }
    return chances;
  }
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

/** The model as one of those that say what comes next. */
export const asSource = (model: NextEventModel): NextEventSource => ({
  name: 'Lockstep',
  events: async (question) => succeeded(await model.events(question)),
});

/** The file of the model that an installation has: beside the bundles, or where a checkout keeps it. */
export function shippedModel(root: string): string {
  const packaged = join(root, 'dist', MODEL_FILE);
  return existsSync(packaged) ? packaged : join(root, 'training', MODEL_FILE);
}

/** Fails when the model or the runtime cannot be read. */
export async function loadNextEventModel(file: string): Promise<Attempt<NextEventModel>> {
  try {
    const runtime = await import('onnxruntime-web');
    // One question at a time is quicker without threads than their start.
    runtime.env.wasm.numThreads = 1;
    runtime.env.logLevel = 'error';
    const session = await runtime.InferenceSession.create(await readFile(file), { executionProviders: ['wasm'] });
    return succeeded(new NextEventModel(runtime, session));
  } catch (error) {
    return failed(phrase`The next-event model ${file} cannot be loaded: ${errorText(error)}`);
  }
}
