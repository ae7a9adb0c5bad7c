/**
 * What a function reads and writes, itself and in what it calls, and what the goroutines do that it starts: in terms of
 * its receiver, parameters, package variables and the variables around it, with the locks held (as RacerD summarises
 * methods: Blackshear et al., "RacerD: Compositional Static Race Detection", OOPSLA 2018).
 */
import type { Analysed } from '../analysed';
import type { Syntax } from '../source/syntax-node';
import { nameOf, type Type } from '../source/types';
import { invokedParameters } from './callbacks';
import { isStartedByGroup, targetsOf } from './dispatch';
import { inlinedInto } from './entry-locks';
import { lockFacts } from './locks';
import {
  type Access,
  type Call,
  type FlowFunction,
  family,
  loopsAround,
  type Op,
  outermost,
  type Place,
  type Variable,
} from './operations';
import { isWait, mayWait, waitsElsewhere } from './waits';

export interface Effect {
  /** In the words of the function that was asked. */
  place: Place;
  write: boolean;
  access: Access;
  op: Op;
  /** Locks held on every path there; of those that have no name in this function only the owner is known. */
  held: readonly { place: Place | undefined; owner: string }[];
  /** Its goroutine has waited for another before. */
  ordered: boolean;
  /** Calls between the function that was asked and the access. */
  depth: number;
}

export interface Spawned extends Effect {
  /** In the function that was asked: the go statement, or the call that leads there. */
  at: Op;
  /** Several goroutines do it. */
  several: boolean;
  /** Calls between the function that was asked and the go statement. */
  up: number;
}

export interface Effects {
  own: readonly Effect[];
  /** By goroutines that nobody waits for before the function returns. */
  spawned: readonly Spawned[];
}

const NOTHING: Effects = { own: [], spawned: [] };
/** Effects kept of a function; what is further away says less. */
const MOST = 100;
const MOST_CALLS = 4;

/**
 * Functions that call each other are worked out twice: the first time whoever is met while still at work counts as doing
 * nothing, the second time as doing what the first has shown.
 */
export function effectsOf(all: Analysed, fn: FlowFunction): Effects {
  const { stack, circular } = all.once(effectsOf, '', newProgress(), newProgress);
  const at = stack.indexOf(fn);
  if (at >= 0) for (const one of stack.slice(at)) circular.add(one);
  const rough = all.once(work, fn, NOTHING, () => {
    stack.push(fn);
    const effects = work(all, fn);
    stack.pop();
    return effects;
  });
  // The second time they know each other's first.
  if (!circular.has(fn) || stack.some((one) => circular.has(one))) return rough;
  return all.once(SECOND, fn, rough, () => work(all, fn));
}

const SECOND = Symbol('second round');
const newProgress = (): { stack: FlowFunction[]; circular: Set<FlowFunction> } => ({ stack: [], circular: new Set() });

function work(all: Analysed, fn: FlowFunction): Effects {
  const own = new Map<string, Effect>();
  const spawned = new Map<string, Spawned>();
  const ops = [...lockFacts(all, fn).at.keys()].sort((a, b) => a.node.startIndex - b.node.startIndex);
  let waited = false;
  let waitedBefore = false;
  for (const op of ops) {
    const at = effectsAt(all, fn, op);
    // The channels of a select are read before it waits.
    for (const one of at.own)
      keep(own, { ...one, ordered: one.ordered || (inCommunication(one.access.node) ? waitedBefore : waited) });
    for (const one of at.spawned) keep(spawned, one);
    // Whom the function waits for it does not leave behind.
    const waits =
      isWait(op) ||
      isToTheEnd(op, fn) ||
      waitsElsewhere(op) ||
      (op.kind === 'call' && targetsOf(all, op).some((target) => mayWait(all, target)));
    if (op.kind === 'select') waitedBefore = waited;
    if (waits) {
      waited = true;
      spawned.clear();
    }
  }
  return {
    own: [...own.values()].map((one) => renamed(fn, one)).filter((one) => isVisible(one, fn)),
    spawned: [...spawned.values()].map((one) => renamed(fn, one)).filter((one) => isVisible(one, fn)),
  };
}

/** `for v := range results`, which ends when the goroutine does: it defers the close, and nothing else leaves the loop. */
function isToTheEnd({ kind, range, place, node }: Op, fn: FlowFunction): boolean {
  if (kind !== 'receive' || !range || !place) return false;
  const closes = fn.literals.some(({ use, ops }) =>
    ops.some(
      (op) =>
        use === 'go' && op.kind === 'defer' && op.inner?.kind === 'close' && op.inner.place?.owner === place.owner,
    ),
  );
  if (!closes) return false;
  const [loop] = loopsAround(node, fn).filter(({ start }) => start <= node.start);
  const leaves = loop?.descendantsOfType(['return_statement', 'break_statement', 'goto_statement']) ?? [];
  return loop !== undefined && leaves.length === 0;
}

function inCommunication(node: Syntax): boolean {
  for (let at: Syntax | null = node; at && !/_case$|^block$/u.test(at.type); at = at.parent)
    if (at.field === 'communication') return true;
  return false;
}

/** What one operation of the function does, and what goroutines do that it starts. */
export function effectsAt(all: Analysed, fn: FlowFunction, op: Op): Effects {
  switch (op.kind) {
    case 'access': {
      if (isOnce(op.fn)) return NOTHING;
      const held = heldAt(all, fn, op);
      const own = (op.accesses ?? []).flatMap((access): Effect[] => {
        const { root } = access.place;
        if (access.node === root.node) return [];
        const place = shared(access.place, isOutside(root, fn) ? undefined : '[*]');
        return access.address || !place
          ? []
          : [{ place, write: access.write, access, op, held, ordered: false, depth: 0 }];
      });
      return { own, spawned: [] };
    }
    case 'send':
    case 'close': {
      const place = op.place && shared(op.place, isOutside(op.place.root, fn) ? undefined : '[*]', true);
      if (!place || (op.select?.hasDefault && op.kind === 'close')) return NOTHING;
      const closed: Place = { ...place, path: [...place.path, CLOSED] };
      const access: Access = { place: closed, write: op.kind === 'close', node: op.node };
      const held = heldAt(all, fn, op);
      return { own: [{ place: closed, write: access.write, access, op, held, ordered: false, depth: 0 }], spawned: [] };
    }
    case 'go': {
      const several = loopsAround(op.node, op.fn).length > 0;
      const spawned = targetsOf(all, op).flatMap((target) => {
        const inner = effectsOf(all, target);
        return [...inner.own, ...inner.spawned].flatMap((one): Spawned[] => {
          const place = inCaller(all, one.place, target, op, '[]');
          return place && isNear(one)
            ? [
                {
                  ...one,
                  ...place,
                  depth: one.depth + 1,
                  held: heldInCaller(one, target, op),
                  at: op,
                  up: 0,
                  several: several || isSeveral(one),
                },
              ]
            : [];
        });
      });
      return { own: [], spawned: [...spawned, ...callbackEffects(all, op).spawned] };
    }
    case 'call':
    case 'once': {
      if (op.call?.literal) return NOTHING;
      const held = heldAt(all, fn, op);
      const written = writtenByBuiltin(op);
      const own: Effect[] = written ? [{ ...written, held }] : [];
      const spawned: Spawned[] = [];
      for (const target of targetsOf(all, op)) {
        const inner = effectsOf(all, target);
        for (const one of inner.own) {
          const place = inCaller(all, one.place, target, op, '[*]');
          if (place && isNear(one))
            own.push({ ...one, ...place, depth: one.depth + 1, held: [...held, ...heldInCaller(one, target, op)] });
        }
        for (const one of inner.spawned) {
          const place = inCaller(all, one.place, target, op, '[]');
          if (place && one.up < MOST_CALLS)
            spawned.push({ ...one, ...place, up: one.up + 1, held: heldInCaller(one, target, op), at: op });
        }
      }
      const called = callbackEffects(all, op);
      return { own: [...own, ...called.own], spawned: [...spawned, ...called.spawned] };
    }
    default:
      return NOTHING;
  }
}

/** What runs once, and before everybody who asks for it, is in order with them. */
function isOnce(fn: FlowFunction): boolean {
  for (let at = fn; at.parent; at = at.parent)
    if (at.parent.ops.some(({ kind, target }) => kind === 'once' && target === at)) return true;
  return false;
}

/** The longer the chain of calls, the less is known of what else its links do. Package variables are the same everywhere. */
const isNear = ({ place, depth }: Effect): boolean => depth < (place.root.owner ? MOST_CALLS : 2 * MOST_CALLS);

const isSeveral = (one: Effect | Spawned): boolean => 'several' in one && one.several;

/** `delete(m, k)` and `clear(m)` write into the map. */
function writtenByBuiltin(op: Op): Omit<Effect, 'held'> | undefined {
  const { call } = op;
  if (!call || call.target || !/^(?:delete|clear)$/u.test(call.name)) return undefined;
  const [map] = call.argPlaces;
  const place = map && shared({ ...map, path: [...map.path, '[]'], owner: `${map.owner}[]` }, '[*]');
  if (!place) return undefined;
  return {
    place,
    write: true,
    access: { place, write: true, node: call.node, ofMap: true },
    op,
    ordered: false,
    depth: 0,
  };
}

/** What the functions do that are handed over in the call. */
function callbackEffects(all: Analysed, op: Op): Effects {
  const own: Effect[] = [];
  const spawned: Spawned[] = [];
  const { call } = op;
  if (!call?.target) return NOTHING;
  for (const [index, { started, several, held }] of invokedParameters(all, all.flow(call.target))) {
    const target = argumentFunction(all, op, call, index);
    if (!target) continue;
    const receiver = call.args[index]?.type === 'selector_expression' ? call.argPlaces[index] : undefined;
    const inner = effectsOf(all, target);
    const owners = [...held].map((owner) => ({ place: undefined, owner }));
    for (const one of [...inner.own, ...inner.spawned]) {
      const place = capturedOr(one.place, target, receiver);
      if (!place || !isNear(one)) continue;
      const runs = started || op.kind === 'go' || 'several' in one;
      if (runs)
        spawned.push({
          ...one,
          place,
          held: [...one.held, ...owners],
          depth: one.depth + 1,
          at: op,
          up: 0,
          several: several || isSeveral(one),
        });
      else own.push({ ...one, place, held: [...one.held, ...owners], depth: one.depth + 1 });
    }
  }
  return { own, spawned };
}

/** The function that is handed over as this argument of this call. */
function argumentFunction(all: Analysed, op: Op, call: Call, index: number): FlowFunction | undefined {
  const arg = call.args[index];
  if (!arg) return undefined;
  const literal = arg.type === 'func_literal' ? arg : call.argPlaces[index]?.root.value;
  if (literal?.type === 'func_literal') return family(outermost(op.fn)).find(({ node }) => node === literal);
  const owner = `${call.target!.key}(${index})`;
  const named = op.fn.bindings.find(
    ({ owner: to, value }) => to === owner && 'key' in value && arg.text.endsWith(value.key.replace(/^.*\./u, '')),
  );
  return named && !('owner' in named.value) ? all.target(named.value) : undefined;
}

/** A place of a literal that names a variable around it. */
function capturedOr(place: Place, target: FlowFunction, receiver: Place | undefined): Place | undefined {
  if (!place.root.owner) return place;
  if (place.root.parameter === -1 && receiver)
    return { ...place, root: receiver.root, path: [...receiver.path.slice(0, -1), ...place.path] };
  return isOutside(place.root, target) ? place : undefined;
}

/** Declared by a function around the literal. */
function isOutside({ owner }: Variable, literal: FlowFunction): boolean {
  for (let at = literal.parent; at; at = at.parent) if (at === owner) return true;
  return false;
}

/** A place of a callee in the words of the caller. */
function inCaller(
  all: Analysed,
  place: Place,
  target: FlowFunction,
  op: Op,
  elements: Elements,
): { place: Place } | undefined {
  const { root, path } = place;
  if (!root.owner) return { place };
  if (isOutside(root, target)) {
    const here = shared(place, root.owner === op.fn ? elements : undefined);
    return here && { place: here };
  }
  const { call } = op;
  if (!call || root.parameter === undefined) return undefined;
  if (isStartedByGroup(op)) {
    const given = capturedOr(
      place,
      target,
      call.args[0]?.type === 'selector_expression' ? call.argPlaces[0] : undefined,
    );
    return given && { place: given };
  }
  if (root.parameter === RESULT) {
    const variable = op.fn.locals.find(({ value }) => value === call.node);
    return variable ? { place: { ...place, root: variable } } : returned(op, place);
  }
  if (isCopied(all, root.type, path, place)) return undefined;
  const base = root.parameter < 0 ? call.receiver : call.argPlaces[root.parameter];
  const known = base && shared(base, elements, true);
  return known ? { place: { ...place, root: known.root, path: [...known.path, ...path] } } : undefined;
}

/** `return New()`: the result of the callee is that of the caller. */
function returned({ call, fn }: Op, place: Place): { place: Place } | undefined {
  const list = call!.node.parent;
  return list?.parent?.type === 'return_statement' && list.namedChild(0) === call!.node
    ? { place: { ...place, root: resultOf(fn) } }
    : undefined;
}

/** A parameter that is a struct is a copy; what its pointers lead to is not. */
function isCopied(all: Analysed, type: Type | undefined, path: readonly string[], place: Place): boolean {
  const kind = all.pkg.underlying(type)?.kind;
  if (kind === undefined || /^(?:pointer|interface|map|channel)$/u.test(kind)) return false;
  if (kind !== 'struct') return true;
  const first = path[0] === undefined ? undefined : all.pkg.field(type, path[0])?.field.type;
  const inner = all.pkg.underlying(first)?.kind;
  return path.length < 2 || (inner !== 'pointer' && inner !== 'map' && inner !== 'interface') || place.root.writes > 0;
}

function heldInCaller(one: Effect, target: FlowFunction, op: Op): Effect['held'] {
  const call = isStartedByGroup(op) ? undefined : op.call;
  return one.held.map(({ place, owner }) => {
    const { root, path } = place ?? {};
    if (!place || !root || !path || !root.owner || isOutside(root, target)) return { place, owner };
    const base =
      root.parameter === undefined || !call
        ? undefined
        : root.parameter === -1
          ? call.receiver
          : call.argPlaces[root.parameter];
    return { owner, place: base && { ...place, root: base.root, path: [...base.path, ...path] } };
  });
}

function heldAt(all: Analysed, fn: FlowFunction, op: Op): Effect['held'] {
  const states = lockFacts(all, inlinedInto(fn)).at.get(op) ?? [];
  const [first, ...others] = states;
  if (!first) return [];
  return [...first]
    .filter(([key]) => others.every((held) => held.has(key)))
    .map(([, { place }]) => ({ place, owner: place.owner }));
}

/** All elements in turn, or the one of this round. */
type Elements = '[*]' | '[]';

/** Without the names of indices, and the variables of a range as elements; undefined when nobody else can have it. */
function shared(place: Place, elements: Elements | undefined, base = false): Place | undefined {
  let { root, path } = place;
  const plain = (parts: readonly string[], mark: string): string[] =>
    parts.map((part) => (part.startsWith('[') ? mark : part));
  path = path.map((part) => (part.startsWith('[') && part !== '[*]' ? '[]' : part));
  for (let depth = 0; elements && root.element && depth < 4; depth++) {
    path = [...plain(root.element.path, elements), ...path];
    root = root.element.root;
  }
  if (root.temporary || root.name === '_' || root.name === '' || path.length > 6) return undefined;
  if (!base && /^(?:sync|sync\/atomic|testing)\./u.test(nameOf(place.type) ?? '')) return undefined;
  if (/^testing\./u.test(nameOf(root.type) ?? '')) return undefined;
  return { ...place, root, path };
}

/** What a close writes and a send reads, as if the channel had a field for it. */
const CLOSED = 'closed?';

export const isAboutClose = ({ place: { path } }: Effect): boolean => path.at(-1) === CLOSED;

const RESULT = -2;
const results = new WeakMap<FlowFunction, Variable>();

/** Stands for what a function returns. */
function resultOf(fn: FlowFunction): Variable {
  let variable = results.get(fn);
  if (!variable) {
    variable = {
      id: 0,
      name: 'result',
      owned: '#0',
      type: undefined,
      node: fn.node,
      owner: fn,
      parameter: RESULT,
      writes: 0,
    };
    results.set(fn, variable);
  }
  return variable;
}

/** `return c`: what is done with the local c is done with the result. */
function renamed<E extends Effect>(fn: FlowFunction, one: E): E {
  const { root } = one.place;
  if (root.owner !== fn || root.parameter !== undefined) return one;
  const isResult = fn.ops.some(
    ({ kind, node }) => kind === 'return' && firstOf(node)?.text.replace(/^&/u, '') === root.name,
  );
  return isResult ? { ...one, place: { ...one.place, root: resultOf(fn) } } : one;
}

const firstOf = (node: Syntax): Syntax | null => node.namedChild(0)?.namedChild(0) ?? null;

/** What a caller can have a name for. */
const isVisible = ({ place: { root, path }, access: { node } }: Effect, fn: FlowFunction): boolean =>
  root.owner === undefined ||
  (root.owner === fn && root.parameter !== undefined && !(path.length === 0 && isVariable(node))) ||
  isOutside(root, fn);

/** The variable itself and not what it points to: a parameter is the callee's own. */
const isVariable = (node: Syntax): boolean => node.type === 'identifier' && node.parent?.type !== 'unary_expression';

export const effectKey = ({ root, path }: Place): string =>
  `${root.parameter === RESULT ? `result of ${root.owner!.name}` : root.id}.${path.join('.')}`;

function keep<E extends Effect>(into: Map<string, E>, one: E): void {
  const key = `${effectKey(one.place)} ${one.write} ${'at' in one ? (one as unknown as Spawned).at.node.key : ''}`;
  const known = into.get(key);
  if (known ? known.held.length > one.held.length || (known.ordered && !one.ordered) : into.size < MOST)
    into.set(key, one);
}
