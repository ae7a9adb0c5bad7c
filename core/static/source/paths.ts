/**
 * Walks all paths through a function body and carries an abstract state along each. Paths that meet in the same state
 * are merged and what they knew about conditions is kept only where they agree: property simulation (Das, Lerner &
 * Seigle, "ESP: Path-Sensitive Program Verification in Polynomial Time", PLDI 2002). So `if locked { mu.Lock() }` and a
 * later `if locked { mu.Unlock() }` are seen to belong together.
 */

import { assignedNames, mentions, named, rootName, statementsOf } from './syntax';
import type { Syntax as Node } from './syntax-node';

/** What a check follows along the paths. States are values: `step` makes new ones. */
export interface Domain<S> {
  /** States with equal keys are one. */
  key(state: S): string;
  /** After a simple statement, clause or expression; undefined when the path ends in it. */
  step(node: Node, state: S): S | undefined;
  /** After a loop whose condition failed or whose range was used up; `before` is the state in which it was met. */
  afterLoop?(loop: Node, state: S, before: S): S;
}

export interface PathEnd<S> {
  state: S;
  /** The statement that leaves (return, or a break or continue of a loop around), or undefined at the end. */
  leave?: Node;
}

interface Flow<S> {
  state: S;
  /** Condition, as written → how it came out. */
  assumed: ReadonlyMap<string, boolean>;
}

interface Jump<S> {
  kind: 'break' | 'continue' | 'return' | 'fallthrough';
  label?: string;
  node: Node;
  flow: Flow<S>;
}

interface Reached<S> {
  next: Flow<S>[];
  jumps: Jump<S>[];
}

const MOST_FLOWS = 48;
const MOST_ROUNDS = 8;

/**
 * The ends of all paths through `statements`; undefined when there are too many to follow, or a goto among them. A loop is
 * walked until it gives no new state.
 */
export function pathEnds<S>(domain: Domain<S>, statements: readonly Node[], start: S): PathEnd<S>[] | undefined {
  const walk = new Walk(domain);
  const { next, jumps } = walk.sequence(statements, [{ state: start, assumed: new Map() }]);
  if (walk.lost) return undefined;
  return [
    ...next.map(({ state }) => ({ state })),
    ...jumps.map(({ flow, node }) => ({ state: flow.state, leave: node })),
  ];
}

class Walk<S> {
  /** Something was met that cannot be followed. */
  lost = false;

  constructor(private readonly domain: Domain<S>) {}

  sequence(statements: readonly Node[], start: Flow<S>[]): Reached<S> {
    let next = start;
    const jumps: Jump<S>[] = [];
    for (const statement of statements) {
      if (next.length === 0 || this.lost) break;
      const reached = this.statement(statement, next);
      next = this.merge(reached.next);
      jumps.push(...reached.jumps);
    }
    return { next, jumps };
  }

  private merge(flows: readonly Flow<S>[]): Flow<S>[] {
    const merged = new Map<string, Flow<S>>();
    for (const flow of flows) {
      const key = this.domain.key(flow.state);
      const known = merged.get(key);
      if (!known) merged.set(key, flow);
      else {
        const agreed = [...known.assumed].filter(([condition, value]) => flow.assumed.get(condition) === value);
        merged.set(key, { state: known.state, assumed: new Map(agreed) });
      }
    }
    if (merged.size > MOST_FLOWS) this.lost = true;
    return [...merged.values()];
  }

  private step(node: Node | null | undefined, flows: readonly Flow<S>[]): Flow<S>[] {
    if (!node) return [...flows];
    const assigned = assignedNames(node).map(rootName);
    return flows.flatMap(({ state, assumed }) => {
      const after = this.domain.step(node, state);
      if (after === undefined) return [];
      const kept = [...assumed].filter(([condition]) => !assigned.some((name) => mentions(condition, name)));
      return [{ state: after, assumed: kept.length === assumed.size ? assumed : new Map(kept) }];
    });
  }

  private statement(node: Node, flows: Flow<S>[], label?: string): Reached<S> {
    switch (node.type) {
      case 'block':
        return this.sequence(statementsOf(node), flows);
      case 'labeled_statement': {
        const [name, inner] = named(node);
        return inner ? this.statement(inner, flows, name!.text) : { next: flows, jumps: [] };
      }
      case 'if_statement':
        return this.branch(node, flows);
      case 'for_statement':
        return this.loops(node, flows, label);
      case 'expression_switch_statement':
      case 'type_switch_statement':
      case 'select_statement':
        return this.cases(node, flows, label);
      case 'return_statement':
        return { next: [], jumps: this.leave('return', node, this.step(node, flows)) };
      case 'break_statement':
      case 'continue_statement':
        return { next: [], jumps: this.leave(node.type === 'break_statement' ? 'break' : 'continue', node, flows) };
      case 'fallthrough_statement':
        return { next: [], jumps: this.leave('fallthrough', node, flows) };
      case 'goto_statement':
        this.lost = true;
        return { next: [], jumps: [] };
      default:
        return { next: this.step(node, flows), jumps: [] };
    }
  }

  private leave(kind: Jump<S>['kind'], node: Node, flows: readonly Flow<S>[]): Jump<S>[] {
    const label = node.descendantsOfType('label_name')[0]?.text;
    return flows.map((flow) => ({ kind, node, flow, ...(label === undefined ? {} : { label }) }));
  }

  private branch(node: Node, flows: readonly Flow<S>[]): Reached<S> {
    const condition = node.childForFieldName('condition');
    const entered = this.step(condition, this.step(node.childForFieldName('initializer'), flows));
    const yes = this.statement(node.childForFieldName('consequence')!, assume(entered, condition, true));
    const alternative = node.childForFieldName('alternative');
    const without = assume(entered, condition, false);
    const no = alternative ? this.statement(alternative, without) : { next: without, jumps: [] };
    return { next: [...yes.next, ...no.next], jumps: [...yes.jumps, ...no.jumps] };
  }

  private loops(node: Node, flows: readonly Flow<S>[], label?: string): Reached<S> {
    const reached = flows.map((flow) => this.loop(node, flow, label));
    return { next: reached.flatMap(({ next }) => next), jumps: reached.flatMap(({ jumps }) => jumps) };
  }

  private loop(node: Node, before: Flow<S>, label?: string): Reached<S> {
    const body = node.childForFieldName('body');
    const head = named(node).find((one) => one !== body);
    const clause = head?.type === 'for_clause' ? head : undefined;
    const range = head?.type === 'range_clause' ? head : undefined;
    const condition = clause ? clause.childForFieldName('condition') : range ? null : (head ?? null);
    const ends = condition !== null || range !== undefined;
    const out: Reached<S> = { next: [], jumps: [] };
    const seen = new Set<string>();
    let work = this.step(clause?.childForFieldName('initializer'), [before]);
    for (let round = 0; work.length > 0 && round < MOST_ROUNDS && !this.lost; round++) {
      for (const { state } of work) seen.add(this.domain.key(state));
      const tested = this.step(condition, work);
      if (ends) {
        for (const { state, assumed } of assume(tested, condition, false)) {
          out.next.push({ state: this.domain.afterLoop?.(node, state, before.state) ?? state, assumed });
        }
      }
      const inside = this.statement(body!, this.step(range, assume(tested, condition, true)));
      const again = [...inside.next];
      for (const jump of inside.jumps) {
        const mine =
          jump.label === undefined ? jump.kind === 'break' || jump.kind === 'continue' : jump.label === label;
        if (!mine) out.jumps.push(jump);
        else if (jump.kind === 'break') out.next.push(jump.flow);
        else again.push(jump.flow);
      }
      const updated = this.merge(this.step(clause?.childForFieldName('update'), again));
      work = updated.filter(({ state }) => !seen.has(this.domain.key(state)));
    }
    return out;
  }

  private cases(node: Node, flows: readonly Flow<S>[], label?: string): Reached<S> {
    const head = this.step(node.childForFieldName('value'), this.step(node.childForFieldName('initializer'), flows));
    const cases = named(node).filter(({ type }) => /_case$/u.test(type));
    const out: Reached<S> = { next: [], jumps: [] };
    let falling: Flow<S>[] = [];
    for (const one of cases) {
      const entered = this.step(one.childForFieldName('communication'), head);
      const inside = this.sequence(statementsOf(one), [...entered, ...falling]);
      falling = [];
      out.next.push(...inside.next);
      for (const jump of inside.jumps) {
        if (jump.kind === 'fallthrough') falling.push(jump.flow);
        else if (jump.kind === 'break' && (jump.label ?? label) === label) out.next.push(jump.flow);
        else out.jumps.push(jump);
      }
    }
    // A select waits for one of its cases; a switch without default may take none.
    const total = node.type === 'select_statement' || cases.some(({ type }) => type === 'default_case');
    if (!total) out.next.push(...head);
    return out;
  }
}

/** Keeps the flows in which the condition can come out so, and notes that it did. */
function assume<S>(flows: readonly Flow<S>[], condition: Node | null, value: boolean): Flow<S>[] {
  const facts = condition ? factsOf(condition, value) : [];
  return flows.flatMap((flow) => {
    if (facts.some(([text, holds]) => (flow.assumed.get(text) ?? holds) !== holds)) return [];
    return [{ state: flow.state, assumed: new Map([...flow.assumed, ...facts]) }];
  });
}

/** Simple conditions that are known when `condition` has come out as `value`. What calls or receives is not simple. */
function factsOf(condition: Node, value: boolean): (readonly [string, boolean])[] {
  if (condition.type === 'parenthesized_expression') return factsOf(condition.namedChild(0)!, value);
  const operator = condition.operator;
  if (condition.type === 'unary_expression' && operator === '!') {
    return factsOf(condition.childForFieldName('operand')!, !value);
  }
  if (condition.type === 'binary_expression') {
    const left = condition.childForFieldName('left')!;
    const right = condition.childForFieldName('right')!;
    if (operator === (value ? '&&' : '||')) return [...factsOf(left, value), ...factsOf(right, value)];
    if (operator === '&&' || operator === '||') return [];
    if (operator === '!=' && isSimple(condition)) return [[`${left.text} == ${right.text}`, !value]];
    if (operator === '==' && isSimple(condition)) return [[`${left.text} == ${right.text}`, value]];
  }
  return isSimple(condition) ? [[condition.text, value]] : [];
}

const isSimple = (node: Node): boolean => !/[(]|<-/u.test(node.text);
