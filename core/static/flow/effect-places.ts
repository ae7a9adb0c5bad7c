/** What effects are done to: places of a callee in the words of its caller, and which of them a caller can name. */
import type { Analysed } from '../analysed';
import type { Syntax } from '../source/syntax-node';
import { nameOf, type Type } from '../source/types';
import { isStartedByGroup } from './dispatch';
import type { Effect } from './effect';
import type { FlowFunction, Op, Place, Variable } from './operations';

/** A place of a literal that names a variable around it. */
export function capturedOr(place: Place, target: FlowFunction, receiver: Place | undefined): Place | undefined {
  if (!place.root.owner) return place;
  if (place.root.parameter === -1 && receiver)
    return { ...place, root: receiver.root, path: [...receiver.path.slice(0, -1), ...place.path] };
  return isOutside(place.root, target) ? place : undefined;
}

/** Declared by a function around the literal. */
export function isOutside({ owner }: Variable, literal: FlowFunction): boolean {
  for (let at = literal.parent; at; at = at.parent) if (at === owner) return true;
  return false;
}

/** A place of a callee in the words of the caller. */
export function inCaller(
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

export function heldInCaller(one: Effect, target: FlowFunction, op: Op): Effect['held'] {
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

/** All elements in turn, or the one of this round. */
type Elements = '[*]' | '[]';

/** Without the names of indices, and the variables of a range as elements; undefined when nobody else can have it. */
export function shared(place: Place, elements: Elements | undefined, base = false): Place | undefined {
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
export const CLOSED = 'closed?';

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
export function renamed<E extends Effect>(fn: FlowFunction, one: E): E {
  const { root } = one.place;
  if (root.owner !== fn || root.parameter !== undefined) return one;
  const isResult = fn.ops.some(
    ({ kind, node }) => kind === 'return' && firstOf(node)?.text.replace(/^&/u, '') === root.name,
  );
  return isResult ? { ...one, place: { ...one.place, root: resultOf(fn) } } : one;
}

const firstOf = (node: Syntax): Syntax | null => node.namedChild(0)?.namedChild(0) ?? null;

/** What a caller can have a name for. */
export const isVisible = ({ place: { root, path }, access: { node } }: Effect, fn: FlowFunction): boolean =>
  root.owner === undefined ||
  (root.owner === fn && root.parameter !== undefined && !(path.length === 0 && isVariable(node))) ||
  isOutside(root, fn);

/** The variable itself and not what it points to: a parameter is the callee's own. */
const isVariable = (node: Syntax): boolean => node.type === 'identifier' && node.parent?.type !== 'unary_expression';

export const effectKey = ({ root, path }: Place): string =>
  `${root.parameter === RESULT ? `result of ${root.owner!.name}` : root.id}.${path.join('.')}`;
