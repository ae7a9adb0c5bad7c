/**
 * What Go's scheduler probably sees next of a goroutine that comes to an operation, from the code alone, so that it can be
 * told before any run: asked of the shipped model, and of the user's own language model where there is one.
 */
import { setTimeout } from 'node:timers/promises';
import type { Tree } from 'web-tree-sitter';
import { Code } from '../core/model/scheduling/ahead';
import { type CodeQuestion, questionBefore } from '../core/model/scheduling/question';
import type { Analysed } from '../core/static/analysed';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { operationAt } from '../core/static/dependence';
import { asSource, loadNextEventModel, shippedModel } from '../engine/model/next-event';
import { type NextEventSource, ranked } from '../engine/model/next-events';
import type { EventChance } from '../protocol/prediction';
import type { GoDocument } from './documents/go-document';
import { askLanguageModel } from './language-model';
import { knownFile } from './operation-sites';
import type { ServerContext } from './server-context';
import { unlessTooDeep } from './too-deep';

export interface ScheduledNext {
  /** The language model that says so; undefined: the model that ships. */
  by?: string;
  /** The likeliest first; undefined: it is still being asked. */
  events: EventChance[] | undefined;
}

const codes = new WeakMap<Analysed, Code>();
let loading: Promise<void> | undefined;
let shipped: NextEventSource | undefined;

/** Reads the model, once. Whoever cannot wait asks without it. */
function load({ installation, connection }: ServerContext): Promise<void> {
  loading ??= loadNextEventModel(shippedModel(installation(undefined).root)).then((loaded) => {
    if (loaded.ok) shipped = asSource(loaded.value);
    else connection.console.error(loaded.problem);
  });
  return loading;
}

/** A person who looks at a hover waits no longer for the model to be read. */
const PATIENCE_MILLISECONDS = 100;

/** Empty where the operation's code cannot be followed. */
export async function scheduledNext(
  context: ServerContext,
  document: GoDocument,
  tree: Tree,
  { range }: ConcurrencySite,
): Promise<ScheduledNext[]> {
  const { all } = knownFile(document, tree);
  const question = all && unlessTooDeep(() => questionAt(all, range.start), undefined);
  if (!question) return [];
  const asked = askLanguageModel(context, question);
  await Promise.race([load(context), setTimeout(PATIENCE_MILLISECONDS)]);
  const chances = await shipped?.events(question);
  const other = await asked;
  return [
    ...(chances?.ok ? [{ events: ranked(chances.value) }] : []),
    ...(other ? [{ by: other.name, events: other.chances && ranked(other.chances) }] : []),
  ];
}

function questionAt(all: Analysed, start: ConcurrencySite['range']['start']): CodeQuestion | undefined {
  const op = operationAt(all, '', start);
  if (!op) return undefined;
  let code = codes.get(all);
  if (!code) {
    code = new Code(all);
    codes.set(all, code);
  }
  return questionBefore(code, op);
}
