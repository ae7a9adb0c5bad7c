/**
 * What a function reads and writes, itself and in what it calls, and what the goroutines do that it starts: in terms of
 * its receiver, parameters, package variables and the variables around it, with the locks held (as RacerD summarises
 * methods: Blackshear et al., "RacerD: Compositional Static Race Detection", OOPSLA 2018).
 */
import type { Analysed } from '../analysed';
import type { Syntax } from '../source/syntax-node';
import { argumentFunction, invokedParameters } from './callbacks';
import { targetsOf } from './dispatch';
import type { Effect, Effects, Spawned } from './effect';
import {
  CLOSED,
  capturedOr,
  effectKey,
  heldInCaller,
  inCaller,
  isOutside,
  isVisible,
  renamed,
  shared,
} from './effect-places';
import { inlinedInto } from './entry-locks';
import { lockFacts } from './locks';
import { type Access, type FlowFunction, loopsAround, type Op, type Place } from './operations';
import { isWait, mayWait, waitsElsewhere } from './waits';

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
    for (const one of at.spawned) {
      if (one.joined) keep(own, { ...asOwn(one), ordered: one.ordered || waited });
      else keep(spawned, one);
    }
    // Whom the function waits for it does not leave behind.
    const waits =
      isWait(op) ||
      isToTheEnd(op, fn) ||
      waitsElsewhere(op) ||
      (op.kind === 'call' && targetsOf(all, op).some((target) => mayWait(all, target)));
    if (op.kind === 'select') waitedBefore = waited;
    if (waits) spawned.clear();
    if (waits || elects(op)) waited = true;
  }
  return {
    own: [...own.values()].map((one) => renamed(fn, one)).filter((one) => isVisible(one, fn)),
    spawned: [...spawned.values()].map((one) => renamed(fn, one)).filter((one) => isVisible(one, fn)),
  };
}

/** What is done when the call comes back is as if the caller had done it. */
const asOwn = ({ place, write, access, op, held, ordered, depth }: Spawned): Effect => ({
  place,
  write,
  access,
  op,
  held,
  ordered,
  depth,
});

/** `if !c.started.CompareAndSwap(false, true) { return }`: of several goroutines one comes behind it. */
const elects = ({ kind, call }: Op): boolean =>
  kind === 'call' && call !== undefined && !call.target && /^(?:CompareAndSwap\w*|TryLock)$/u.test(call.method);

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
        if (access.node === root.node || isCopyOf(access)) return [];
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
      // What is handed over runs under the locks of this call, too.
      const inside = called.own.map((one) => ({ ...one, held: [...held, ...one.held] }));
      return { own: [...own, ...inside], spawned: [...spawned, ...called.spawned] };
    }
    default:
      return NOTHING;
  }
}

/** `res := c.res`: whoever names it later reads the copy. */
const isCopyOf = ({ node, place: { root }, write }: Access): boolean =>
  !write && node.type === 'identifier' && node.text !== root.name;

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
  for (const [index, invocations] of invokedParameters(all, all.flow(call.target))) {
    const target = argumentFunction(all, op, call, index);
    if (!target) continue;
    const receiver = call.args[index]?.type === 'selector_expression' ? call.argPlaces[index] : undefined;
    const inner = effectsOf(all, target);
    for (const { started, several, joined, held } of invocations) {
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
            joined: joined && op.kind !== 'go' && !('several' in one),
          });
        else own.push({ ...one, place, held: [...one.held, ...owners], depth: one.depth + 1 });
      }
    }
  }
  return { own, spawned };
}

function heldAt(all: Analysed, fn: FlowFunction, op: Op): Effect['held'] {
  const states = lockFacts(all, inlinedInto(fn)).at.get(op) ?? [];
  const [first, ...others] = states;
  if (!first) return [];
  return [...first]
    .filter(([key]) => others.every((held) => held.has(key)))
    .map(([, { place }]) => ({ place, owner: place.owner }));
}

function keep<E extends Effect>(into: Map<string, E>, one: E): void {
  const key = `${effectKey(one.place)} ${one.write} ${'at' in one ? (one as unknown as Spawned).at.node.key : ''}`;
  const known = into.get(key);
  if (known ? known.held.length > one.held.length || (known.ordered && !one.ordered) : into.size < MOST)
    into.set(key, one);
}
