/**
 * Follows all paths through a function and carries an abstract state along each. Paths that meet in the same state
 * are merged, and what they knew about conditions is kept only where they agree: property simulation (Das, Lerner &
 * Seigle, "ESP: Path-Sensitive Program Verification in Polynomial Time", PLDI 2002). Deferred calls run where the
 * function is left. A state is met at a node once for each different set of facts, at most MOST times: linear in nodes × states.
 */
import type { Fact, FlowFunction, FlowNode, Op } from './operations';

export interface Domain<S> {
  start: S;
  /** States with equal keys are one. */
  key(state: S): string;
  /** After the operation; undefined when the path ends in it. `deferred`: it runs because the function is left. */
  step(op: Op, state: S, deferred: boolean): S | undefined;
}

export interface End<S> {
  state: S;
  node: FlowNode;
}

interface Flow<S> {
  state: S;
  facts: ReadonlyMap<string, boolean>;
  defers: Defers | undefined;
}

interface Defers {
  op: Op;
  rest: Defers | undefined;
  key: string;
}

/** Different states at one node; beyond that the function is not followed. */
const MOST_STATES = 40;
const MOST_DEPTH = 3;

/** The ends of all paths; undefined when there are too many to follow. */
export function walk<S>(fn: FlowFunction, domain: Domain<S>): End<S>[] | undefined {
  return walkFrom(fn, domain, domain.start, NONE, 0, false);
}

function walkFrom<S>(
  fn: FlowFunction,
  domain: Domain<S>,
  start: S,
  known: ReadonlyMap<string, boolean>,
  depth: number,
  deferred: boolean,
): End<S>[] | undefined {
  const seen = new Map<FlowNode, Map<string, Flow<S>>>();
  const ends = new Map<string, End<S>>();
  const work: { node: FlowNode; flow: Flow<S> }[] = [
    { node: fn.entry, flow: { state: start, facts: known, defers: undefined } },
  ];
  let lost = false;

  const enter = (node: FlowNode, flow: Flow<S>): void => {
    let at = seen.get(node);
    if (!at) {
      at = new Map();
      seen.set(node, at);
    }
    const key = `${domain.key(flow.state)}|${flow.defers?.key ?? ''}`;
    const met = at.get(key);
    if (!met) {
      if (at.size >= MOST_STATES) {
        lost = true;
        return;
      }
      at.set(key, flow);
      work.push({ node, flow });
      return;
    }
    const agreed = new Map([...met.facts].filter(([text, value]) => flow.facts.get(text) === value));
    if (agreed.size === met.facts.size) return;
    const merged: Flow<S> = { state: met.state, facts: agreed, defers: met.defers };
    at.set(key, merged);
    work.push({ node, flow: merged });
  };

  const through = (op: Op, states: readonly S[], facts: ReadonlyMap<string, boolean>, late: boolean): S[] => {
    const literal = op.kind === 'call' ? op.call?.literal : op.kind === 'once' ? literalOf(op) : undefined;
    const all = states.flatMap((state) => {
      const after = domain.step(op, state, late);
      if (after === undefined) return [];
      if (!literal || depth >= MOST_DEPTH) return [after];
      const inside = walkFrom(literal, domain, after, facts, depth + 1, late);
      // A literal that never comes back is left out; one that is too much for us changes nothing.
      return inside ? inside.filter(({ node }) => node.exit !== 'panic').map((end) => end.state) : [after];
    });
    // Its returns may come to the same: else each deferred literal would double what the next one has to deal with.
    return all.length < 2 ? all : [...new Map(all.map((state) => [domain.key(state), state])).values()];
  };

  while (work.length > 0 && !lost) {
    const { node, flow } = work.pop()!;
    const { op } = node;
    let states = [flow.state];
    let { defers, facts } = flow;
    if (op) {
      // In a loop each defer counts once: how often it ran is not known.
      if (op.kind === 'defer' && op.inner && !isDeferred(defers, op.inner))
        defers = { op: op.inner, rest: defers, key: `${node.id},${defers?.key ?? ''}` };
      states = through(op, states, facts, deferred);
      facts = without(facts, op);
    }
    if (node.exit) {
      if (node.exit !== 'panic') for (let at = defers; at; at = at.rest) states = through(at.op, states, facts, true);
      for (const state of states) ends.set(`${node.id}|${domain.key(state)}`, { state, node });
    }
    for (const state of states) {
      for (const { to, facts: learnt } of node.next) {
        const next = assume(facts, learnt);
        if (next) enter(to, { state, facts: next, defers });
      }
    }
  }
  return lost ? undefined : [...ends.values()];
}

const NONE: ReadonlyMap<string, boolean> = new Map();

function isDeferred(defers: Defers | undefined, op: Op): boolean {
  for (let at = defers; at; at = at.rest) if (at.op === op) return true;
  return false;
}

const literalOf = (op: Op): FlowFunction | undefined => (op.target && 'entry' in op.target ? op.target : undefined);

/** Undefined when the side cannot be taken. */
function assume(
  facts: ReadonlyMap<string, boolean>,
  learnt: readonly Fact[],
): ReadonlyMap<string, boolean> | undefined {
  if (learnt.length === 0) return facts;
  if (learnt.some((one) => (facts.get(one.text) ?? one.value) !== one.value || isOtherConstant(facts, one)))
    return undefined;
  return new Map([...facts, ...learnt.map(({ text, value }) => [text, value] as const)]);
}

/** What is equal to one literal is not equal to another. */
function isOtherConstant(facts: ReadonlyMap<string, boolean>, { text, value }: Fact): boolean {
  const constant = value ? EQUAL_TO_LITERAL.exec(text) : null;
  if (!constant) return false;
  return [...facts].some(([known, holds]) => {
    const other = holds && known !== text ? EQUAL_TO_LITERAL.exec(known) : null;
    return other?.[1] === constant[1];
  });
}

const EQUAL_TO_LITERAL = /^([\w.]+) == (?:"[^"\\]*"|\d+)$/u;

/** Facts about what the operation assigns are over. */
function without(facts: ReadonlyMap<string, boolean>, { assigns }: Op): ReadonlyMap<string, boolean> {
  if (!assigns || assigns.length === 0 || facts.size === 0) return facts;
  const roots = assigns.map((name) => /[\p{L}_][\p{L}\p{N}_]*/u.exec(name)?.[0] ?? '');
  const kept = [...facts].filter(([text]) => !roots.some((name) => mentions(text, name)));
  return kept.length === facts.size ? facts : new Map(kept);
}

/** Whether the identifier occurs in the text, other than as a field or method. */
export function mentions(text: string, name: string): boolean {
  if (name === '') return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = at === 0 ? '' : text[at - 1]!;
    const after = text[at + name.length] ?? '';
    if (!/[\p{L}\p{N}_.]/u.test(before) && !/[\p{L}\p{N}_]/u.test(after)) return true;
  }
  return false;
}
