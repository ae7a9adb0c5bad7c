/** Which locks are held where: the one walk that all checks of locks share. */
import type { Analysed } from '../analysed';
import { isMutex } from '../source/types';
import type { Call, FlowFunction, Op, Place } from './operations';
import { family, placeKey } from './operations';
import { type End, walk } from './walk';

export interface Hold {
  place: Place;
  shared: boolean;
  /** The operation that took it: a lock, or the call of a function that returns with it held. */
  since: Op;
  /** It was held already: a reader that reads again, or a deadlock. */
  under?: Hold | undefined;
}

/** By placeKey. */
export type Held = ReadonlyMap<string, Hold>;

export interface LockFacts {
  /** What may be held when an operation begins, path by path. */
  at: ReadonlyMap<Op, readonly Held[]>;
  ends: readonly End<Held>[];
  /** Locks released that were not taken here. */
  released: ReadonlyMap<string, { place: Place; op: Op }>;
  /** Undefined when all paths could not be followed: `at` is then not whole. */
  complete: boolean;
}

const NOTHING: LockFacts = { at: new Map(), ends: [], released: new Map(), complete: false };
const EMPTY: Held = new Map();
/** Most operations are done with no lock held. */
const UNHELD: readonly Held[] = [EMPTY];
const heldOf = (held: Held): Held => (held.size === 0 ? EMPTY : held);

/** Of a function, with what it calls and defers as literals. */
export function lockFacts(all: Analysed, fn: FlowFunction): LockFacts {
  return all.once(lockFacts, fn, NOTHING, () => work(all, fn));
}

function work(all: Analysed, fn: FlowFunction): LockFacts {
  const at = new Map<Op, readonly Held[]>();
  const released = new Map<string, { place: Place; op: Op }>();
  const handed = handedOver(all, fn);
  const key = (held: Held): string => {
    if (held.size === 0) return '';
    return [...held]
      .map(([name, hold]) => `${name}${described(hold)}`)
      .sort()
      .join();
  };
  const ends = walk<Held>(fn, {
    start: EMPTY,
    key,
    step(op, held) {
      const states = at.get(op);
      if (!states) at.set(op, held === EMPTY ? UNHELD : [held]);
      else if (!states.includes(held)) {
        const name = key(held);
        if (!states.some((one) => key(one) === name)) at.set(op, [...states, held]);
      }
      switch (op.kind) {
        case 'lock': {
          // A TryLock takes it only on one side of the test behind it.
          if (!op.place || op.tried || handed.has(placeKey(op.place))) return held;
          const name = placeKey(op.place);
          // The same lock operation comes again in a loop; it is not nested deeper and deeper.
          const before = held.get(name);
          const under = before?.since === op ? before.under : before;
          return new Map(held).set(name, { place: op.place, shared: op.shared === true, since: op, under });
        }
        case 'unlock': {
          if (!op.place) return held;
          const name = placeKey(op.place);
          if (!held.has(name)) released.set(name, { place: op.place, op });
          const after = new Map(held);
          const left = without(held.get(name), op.shared === true);
          if (left) after.set(name, left);
          else after.delete(name);
          return heldOf(after);
        }
        case 'access': {
          if (held.size === 0) return held;
          const written = (op.accesses ?? []).filter(({ write }) => write).map(({ place }) => placeKey(place));
          const names = op.assigns ?? [];
          if (written.length === 0 && names.length === 0) return held;
          const means = (name: string): boolean =>
            written.some((one) => name === one || name.startsWith(`${one}.`)) ||
            names.some((one) => name.includes(`[${one}]`));
          const kept = [...held].filter(([name]) => !means(name));
          return kept.length === held.size ? held : heldOf(new Map(kept));
        }
        case 'call':
          return afterCall(all, op, held, released);
        case 'go':
          // `go s.finishAndUnlock()`: the lock goes with it.
          return op.call?.target && held.size > 0 ? withoutHandedOver(all, op.call, held) : held;
        default:
          return held;
      }
    },
  });
  return {
    at,
    ends: ends ?? [],
    released,
    complete: ends !== undefined,
  };
}

/**
 * Locks that a goroutine or callback of the function unlocks without having locked them: who holds them when is not to
 * be told. `mu.Lock(); go func() { …; mu.Unlock() }(); mu.Lock()`
 */
function handedOver(all: Analysed, fn: FlowFunction): ReadonlySet<string> {
  const pointed = fn.ops
    .flatMap(({ accesses }) => accesses ?? [])
    // An argument is dealt with at its call.
    .filter(
      ({ address, node, place }) => address && isMutex(place.type) && node.parent?.parent?.type !== 'argument_list',
    )
    .map(({ place }) => placeKey(place));
  return new Set([
    ...pointed,
    ...fn.literals.flatMap((literal) => [
      ...(literal.use === 'go' || (literal.use === 'value' && !isOnlyCalled(literal))
        ? lockFacts(all, literal).released.keys()
        : []),
      ...handedOver(all, literal),
    ]),
  ]);
}

/** `unlock := func() { mu.Unlock() }`, which nobody else is given: its calls are followed. */
export function isOnlyCalled({ node, parent }: FlowFunction): boolean {
  const variable = parent?.locals.find(({ value }) => value === node);
  if (!parent || !variable || variable.writes > 0) return false;
  return !family(parent).some(({ ops }) =>
    ops.some(({ accesses }) => accesses?.some(({ place, write }) => place.root === variable && !write)),
  );
}

const described = ({ shared, since, under }: Hold): string =>
  `${shared ? 'r' : 'w'}${since.node.key}${under ? described(under) : ''}`;

/** What is left of nested holds when one of them ends, the innermost of its kind. */
function without(hold: Hold | undefined, shared: boolean): Hold | undefined {
  if (!hold || hold.shared === shared || !hold.under) return hold?.under;
  return { ...hold, under: without(hold.under, shared) };
}

function afterCall(all: Analysed, op: Op, held: Held, released: Map<string, { place: Place; op: Op }>): Held {
  const call = op.call!;
  if (!call.target) {
    // Whoever is given the lock, or is called unlock, may release it.
    if (held.size === 0) return held;
    // Its name says what it does on all paths, whatever it tests.
    if (call.literal && !/unlock|release/iu.test(call.method)) return held;
    if (call.literal) return withoutReleased(all, call.literal, held);
    const { receiver } = call;
    if (/^R?Unlock$/u.test(call.method) && receiver)
      return heldOf(new Map([...held].filter(([, { place }]) => place.root !== receiver.root)));
    if (/unlock|release/iu.test(call.method)) return EMPTY;
    const given = call.argPlaces.flatMap((place) => (place ? [placeKey(place)] : []));
    const kept = [...held].filter(([name]) => !given.includes(name));
    return kept.length === held.size ? held : heldOf(new Map(kept));
  }
  const { ends, released: inner, complete } = lockFacts(all, all.flow(call.target));
  if (!complete) return inner.size > 0 || held.size === 0 ? EMPTY : held;
  let after = held;
  for (const unlock of inner.values()) {
    const place = translate(unlock.place, call);
    if (!place) continue;
    const name = placeKey(place);
    if (!after.has(name)) released.set(name, { place, op });
    after = heldOf(new Map([...after].filter(([one]) => one !== name)));
  }
  // What it returns with on every way back is held from now on.
  const back = ends.filter(({ node }) => node.exit !== 'panic');
  const [first] = back;
  // Who is given something back may be given the lock with it: `tx := store.Begin(); defer tx.End()`.
  if (!first || first.state.size === 0 || call.target.results.length > 0) return after;
  for (const [name, hold] of first.state) {
    if (!back.every(({ state }) => state.has(name))) continue;
    const place = translate(hold.place, call);
    if (place) after = new Map(after).set(placeKey(place), { place, shared: hold.shared, since: op });
  }
  return after;
}

function withoutReleased(all: Analysed, literal: FlowFunction, held: Held): Held {
  const { released } = lockFacts(all, literal);
  return heldOf(new Map([...held].filter(([name]) => !released.has(name))));
}

function withoutHandedOver(all: Analysed, call: Call, held: Held): Held {
  const { released } = lockFacts(all, all.flow(call.target!));
  const given = [...released.values()].flatMap(({ place }) => {
    const own = translate(place, call);
    return own ? [placeKey(own)] : [];
  });
  return given.length === 0 ? held : heldOf(new Map([...held].filter(([name]) => !given.includes(name))));
}

/** A place of the callee in the words of the caller; undefined when it has none there. */
export function translate(place: Place, call: Call): Place | undefined {
  const { root, path } = place;
  if (!root.owner) return place;
  if (root.parameter === undefined) return undefined;
  const base = root.parameter < 0 ? call.receiver : call.argPlaces[root.parameter];
  if (!base) return undefined;
  return { ...place, root: base.root, path: [...base.path, ...path], node: call.node };
}
