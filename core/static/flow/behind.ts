/** What runs behind the start of a goroutine without anything that could put it behind the goroutine. */
import type { Analysed } from '../analysed';
import { targetsOf } from './dispatch';
import type { Spawned } from './effect';
import { effectsAt } from './effects';
import type { FlowFunction, FlowNode, Op, Variable } from './operations';
import { nodesBehind } from './reach';
import { mayStart } from './starts';
import { isSignal, isWait, mayWait } from './waits';

/** Where goroutines are started, there or in what is called there, and what they do. */
export interface Start {
  fn: FlowFunction;
  node: FlowNode;
  op: Op;
  spawned: readonly Spawned[];
}

/** Of the whole package. */
export function startsOf(all: Analysed): readonly Start[] {
  return all.once<string, readonly Start[]>(startsOf, '', [], () =>
    all.functions().flatMap((fn) =>
      fn.nodes.flatMap((node): Start[] => {
        const { op } = node;
        if (!op || (op.kind !== 'go' && (op.kind !== 'call' || !mayStart(all, op)))) return [];
        const { spawned } = effectsAt(all, fn, op);
        return spawned.length > 0 ? [{ fn, node, op, spawned }] : [];
      }),
    ),
  );
}

/** The operations behind a start, up to whatever may wait for the goroutine; deferred ones last. */
export function* behindOps(
  all: Analysed,
  fn: FlowFunction,
  start: FlowNode,
  roots: ReadonlySet<Variable>,
): Generator<Op> {
  const names = new Set(start.op!.node.descendantsOfType('identifier').map(({ text }) => text));
  const seen = new Set<FlowNode>([start]);
  const work = start.next.map(({ to }) => to);
  let ends = false;
  while (work.length > 0) {
    const node = work.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    const { op } = node;
    if (op && op.kind !== 'defer') {
      if (isSignal(op)) yield op;
      if (stops(all, op, names)) continue;
      // The next round of a loop makes a new one.
      if ([...roots].some(({ value }) => value !== undefined && value === op.call?.node)) continue;
      const made = (root: Variable): boolean => root.value !== start.op!.node && roots.has(root);
      if (op.accesses?.some(({ place, node: at }) => made(place.root) && at === place.root.node)) continue;
      yield op;
      const literal = op.call?.literal;
      if (literal && op.kind === 'call') yield* untilStop(all, literal, names);
    }
    if (node.exit && node.exit !== 'panic') ends = true;
    for (const { to } of node.next) work.push(to);
  }
  if (!ends) return;
  for (const { inner } of deferredWith(fn, start).reverse()) {
    if (inner && isSignal(inner)) yield inner;
    if (!inner || stops(all, inner, names)) return;
    yield inner;
    const literal = inner.call?.literal;
    if (literal) yield* untilStop(all, literal, names);
  }
}

/** The defers of the paths that the start is on. */
function deferredWith(fn: FlowFunction, start: FlowNode): Op[] {
  const defers = fn.nodes.filter(({ op }) => op?.kind === 'defer');
  if (defers.length === 0) return [];
  const behind = new Set(nodesBehind(start, () => false));
  return defers.flatMap((node) => {
    const together = behind.has(node) || [...nodesBehind(node, () => false)].includes(start);
    return together ? [node.op!] : [];
  });
}

/** In the order of the source. */
function* untilStop(all: Analysed, fn: FlowFunction, names: ReadonlySet<string>): Generator<Op> {
  for (const op of fn.ops) {
    if (isSignal(op)) yield op;
    if (stops(all, op, names)) return;
    yield op;
  }
}

const HARMLESS = /^(?:fmt|log|strings|strconv|errors|bytes|sort|math|unicode|sync\/atomic|time)\./u;

/** It may wait for the goroutine, or tell it to go on. */
function stops(all: Analysed, op: Op, names: ReadonlySet<string>): boolean {
  // In the case of a select it has received.
  if (isWait(op) || isSignal(op) || (op.kind === 'receive' && (op.range === true || op.select !== undefined)))
    return true;
  const { call } = op;
  if (op.kind !== 'call' || !call) return false;
  const targets = targetsOf(all, op);
  if (targets.length > 0) return targets.some((target) => mayWait(all, target));
  if (HARMLESS.test(call.name) || /^(?:len|cap|append|delete|make|new|copy|panic|print|println)$/u.test(call.name))
    return false;
  return (
    /wait|join|stop|close|shutdown|drain|finish/iu.test(call.method) ||
    call.node.descendantsOfType('identifier').some(({ text }) => names.has(text))
  );
}
