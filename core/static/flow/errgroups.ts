/** What is done with the errgroups of a package: limits, starts, waits, and the contexts that end with them. */
import type { Analysed } from '../analysed';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { type FlowFunction, type Op, type Place, placeKey, type Variable } from './operations';

const GROUP = 'golang.org/x/sync/errgroup.Group';

export const isErrgroup = (place: Place | undefined): place is Place => nameOf(place?.type) === GROUP;

export interface GroupUses {
  /** Calls of Go: TryGo never waits for room. */
  starts: readonly Op[];
  waits: readonly Op[];
  /** Calls of SetLimit. */
  limits: readonly Op[];
}

/** By owner, as in Place. Linear in the package. */
export function errgroupUses(all: Analysed): ReadonlyMap<string, GroupUses> {
  return all.once<string, ReadonlyMap<string, GroupUses>>(errgroupUses, '', new Map(), () => {
    const found = new Map<string, { starts: Op[]; waits: Op[]; limits: Op[] }>();
    for (const fn of all.functions()) {
      for (const outer of fn.ops) {
        const op = outer.inner ?? outer;
        const place = groupOf(op);
        if (!place) continue;
        let uses = found.get(place.owner);
        if (!uses) {
          uses = { starts: [], waits: [], limits: [] };
          found.set(place.owner, uses);
        }
        if (op.kind === 'wg-wait') uses.waits.push(op);
        else if (op.kind === 'go' && op.call?.method === 'Go') uses.starts.push(op);
        else if (isLimit(op)) uses.limits.push(op);
      }
    }
    return found;
  });
}

const isLimit = ({ kind, call }: Op): boolean => kind === 'call' && call?.name === `${GROUP}.SetLimit`;

/** The group that an operation is about. */
export function groupOf(op: Op): Place | undefined {
  const place = op.place ?? (isLimit(op) ? op.call?.receiver : undefined);
  return isErrgroup(place) ? place : undefined;
}

/** From here on the name means another group: it is declared or assigned. */
export const renews =
  ({ root }: Place) =>
  ({ accesses }: Op): boolean =>
    accesses?.some(({ place, write }) => write && place.root === root && place.path.length === 0) ?? false;

export const sameGroup = (a: Place | undefined, b: Place): boolean => a !== undefined && placeKey(a) === placeKey(b);

/** `g, ctx := errgroup.WithContext(parent)`, or `=`. */
export interface GroupContext {
  fn: FlowFunction;
  group: Place | undefined;
  /** The context that ends with the group, and its name in the declaration. */
  context: Variable;
  name: Syntax;
  call: Op;
  declaration: Syntax;
}

/** Those that a function makes, not those of literals in it. */
export function groupContexts(fn: FlowFunction): GroupContext[] {
  return fn.ops.flatMap((call): GroupContext[] => {
    if (call.kind !== 'call' || call.call?.name !== 'golang.org/x/sync/errgroup.WithContext') return [];
    const list = call.node.parent;
    const declaration = list?.type === 'expression_list' ? list.parent : null;
    const left = declaration?.childForFieldName('left')?.namedChildren ?? [];
    const [group, name] = left;
    if (!declaration || left.length !== 2 || name?.type !== 'identifier' || name.text === '_') return [];
    const writes = fn.ops.flatMap(({ node, accesses }) => (node === declaration ? (accesses ?? []) : []));
    const placeOf = (node: Syntax | undefined): Place | undefined =>
      writes.find((access) => access.node === node)?.place;
    const context = placeOf(name);
    if (!context || context.path.length > 0) return [];
    return [{ fn, group: placeOf(group), context: context.root, name, call, declaration }];
  });
}

/** Whether one of the functions that are started may return an error. */
export function mayFail(all: Analysed, starts: readonly Op[]): boolean {
  return starts.some(({ target, call }) => {
    const flow = all.target(target);
    // `g.Go(run)` of something that is not seen: it has an error to return, or it would not be an errgroup.
    if (!flow) return call?.args[0]?.type !== 'func_literal';
    return flow.ops.some(({ kind, node }) => kind === 'return' && !/^return(?:\s+nil)?$/u.test(node.text));
  });
}
