/** Asks a language model questions about GoBench's kernels: all, or some of them where it is slow. */
import type { Example } from '../../core/model/scheduling/examples';
import { type Measures, measure } from '../../core/model/scheduling/measures';
import type { SchedulerEvent } from '../../core/model/scheduling/trace';
import type { EndpointModel } from '../model/endpoint';

export interface EndpointScore {
  /** What the model is called. */
  name: string;
  /** Of the questions that it answered; and what the shipped model says to the same. */
  model: Measures;
  ours: Measures;
}

export interface AskEndpointOptions {
  endpoint: EndpointModel;
  /** At most so many questions. */
  most: number;
  signal?: AbortSignal | undefined;
  onStep?: ((step: string) => void) | undefined;
}

interface Asked {
  event: SchedulerEvent;
  example: Example;
  unseen: readonly number[];
}

/** Evenly spread; those of a program stay together, since servers keep what prompts begin with. */
export function spread<Of>(all: readonly Of[], most: number): Of[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, at) => all[Math.floor((at * all.length) / most)]!);
}

/** Ends with the first question that finds no answer; what was answered until then is scored. */
export async function askEndpoint(
  all: readonly Asked[],
  { endpoint, most, signal, onStep }: AskEndpointOptions,
): Promise<{ score?: EndpointScore; problem?: string }> {
  const chosen = spread(all, most);
  const said: { event: SchedulerEvent; theirs: readonly number[]; ours: readonly number[] }[] = [];
  let problem: string | undefined;
  for (const { event, example, unseen } of chosen) {
    onStep?.(`asking ${endpoint.name}: ${said.length} of ${chosen.length}`);
    const found = await endpoint.events({ ...example, prompt: example.prompt ?? '' }, signal);
    if (!found.ok) {
      problem = `${found.problem} ${said.length} of ${chosen.length} questions had been answered.`;
      break;
    }
    said.push({ event, theirs: found.value, ours: unseen });
  }
  const of = (whose: 'theirs' | 'ours') => measure(said.map((one) => ({ event: one.event, chances: one[whose] })));
  return {
    ...(said.length > 0 ? { score: { name: endpoint.name, model: of('theirs'), ours: of('ours') } } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
