/**
 * What Go's scheduler probably sees next of a goroutine that comes to an operation: asked of the shipped model, from the
 * code alone, so that it can be told before any run.
 */
import { setTimeout } from 'node:timers/promises';
import type { Tree } from 'web-tree-sitter';
import { Code } from '../core/model/scheduling/ahead';
import { fromCodeAlone } from '../core/model/scheduling/candidates';
import { SCHEDULER_EVENTS, type SchedulerEvent } from '../core/model/scheduling/trace';
import type { Analysed } from '../core/static/analysed';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { operationAt } from '../core/static/dependence';
import { loadNextEventModel, type NextEventModel, shippedModel } from '../engine/model/next-event';
import type { GoDocument } from './documents/go-document';
import { knownFile } from './operation-sites';
import type { ServerContext } from './server-context';
import { unlessTooDeep } from './too-deep';

export interface ScheduledNext {
  event: SchedulerEvent;
  probability: number;
}

const codes = new WeakMap<Analysed, Code>();
let loading: Promise<void> | undefined;
let model: NextEventModel | undefined;

/** Reads the model, once. Whoever cannot wait asks without it. */
function load({ installation, connection }: ServerContext): Promise<void> {
  loading ??= loadNextEventModel(shippedModel(installation(undefined).root)).then((loaded) => {
    if (loaded.ok) model = loaded.value;
    else connection.console.error(loaded.problem);
  });
  return loading;
}

/** A person who looks at a hover waits no longer for the model to be read. */
const PATIENCE_MILLISECONDS = 100;

/** The likeliest first. Empty where the operation's code cannot be followed, or the model is not read (yet). */
export async function scheduledNext(
  context: ServerContext,
  document: GoDocument,
  tree: Tree,
  { range }: ConcurrencySite,
): Promise<ScheduledNext[]> {
  const { all } = knownFile(document, tree);
  const place = all && unlessTooDeep(() => placeOf(all, range.start), undefined);
  if (!place || place.steps.length === 0) return [];
  await Promise.race([load(context), setTimeout(PATIENCE_MILLISECONDS)]);
  if (!model) return [];
  const chances = await model.events(fromCodeAlone(place, 1));
  return SCHEDULER_EVENTS.map((event, index) => ({ event, probability: chances[index]! }))
    .filter(({ probability }) => probability > 0)
    .sort((a, b) => b.probability - a.probability);
}

function placeOf(all: Analysed, start: ConcurrencySite['range']['start']) {
  const op = operationAt(all, '', start);
  if (!op) return undefined;
  let code = codes.get(all);
  if (!code) {
    code = new Code(all);
    codes.set(all, code);
  }
  return code.before(op);
}
