/** Which locks a function takes, itself and in what it calls, and where it may wait for other goroutines. */
import type { Analysed } from '../analysed';
import { runsAt } from './callbacks';
import { targetsOf } from './dispatch';
import { lockFacts, translate } from './locks';
import { type FlowFunction, type Op, type Place, placeKey } from './operations';
import { mentions } from './walk';

/** A lock that a function takes for itself, in terms of its receiver, parameters and package variables. */
export interface Taking {
  place: Place;
  shared: boolean;
  op: Op;
  /** On every path to a return. */
  always: boolean;
}

/**
 * Locks that a function takes, itself or through functions of the package, in its own words. Those that it takes after
 * having released what the caller holds are left out.
 */
export function takings(all: Analysed, fn: FlowFunction, depth = 0): readonly Taking[] {
  return all.once(takings, fn, [], () => {
    const facts = lockFacts(all, fn);
    if (!facts.complete || depth > 6) return [];
    const found = new Map<string, Taking>();
    const add = (place: Place, shared: boolean, op: Op, sure: boolean): void => {
      const name = placeKey(place);
      if (facts.released.has(name) || found.has(name)) return;
      if (place.root.owner && place.root.parameter === undefined) return;
      found.set(name, { place, shared, op, always: sure });
    };
    for (const op of facts.at.keys()) {
      if (op.kind === 'lock' && op.place && !op.tried) add(op.place, op.shared === true, op, isCertain(op, fn));
      if (op.kind !== 'call' || !op.call?.target) continue;
      for (const inner of takings(all, all.flow(op.call.target), depth + 1)) {
        const place = translate(inner.place, op.call);
        if (place) add(place, inner.shared, op, inner.always && isCertain(op, fn));
      }
    }
    return [...found.values()];
  });
}

/** No condition that a parameter decides stands before it: `func f(locked bool) { if !locked { mu.Lock() } }`. */
export function isCertain(op: Op, fn: FlowFunction): boolean {
  const flags = fn.parameters
    .filter(({ type }) => type?.kind === 'named' && type.name === 'bool')
    .map(({ name }) => name);
  if (flags.length === 0) return true;
  return !fn.body
    .descendantsOfType('if_statement')
    .some(
      (one) =>
        one.start < op.node.start &&
        flags.some((name) => mentions(one.childForFieldName('condition')?.text ?? '', name)),
    );
}

export interface MayTake {
  /** The lock, or the call that leads to it. */
  op: Op;
  shared: boolean;
  /** Calls between. */
  depth: number;
  /** It gives the lock back before, so that whoever calls may hold it. */
  again: boolean;
  /** No parameter decides whether it is taken. */
  sure: boolean;
}

/** Locks that may be taken when `fn` runs, by owner, in calls of function values and interfaces too. */
export function mayTake(all: Analysed, fn: FlowFunction): ReadonlyMap<string, MayTake> {
  return all.once(mayTake, fn, new Map<string, MayTake>(), () => {
    const found = new Map<string, MayTake>();
    const add = (owner: string, taken: MayTake): void => {
      const known = found.get(owner);
      if (!known || weight(taken) > weight(known)) found.set(owner, taken);
    };
    const { at, released } = lockFacts(all, fn);
    for (const op of at.keys()) {
      if (op.kind === 'lock' && op.place && !op.tried)
        add(op.place.owner, {
          op,
          shared: op.shared === true,
          depth: 0,
          again: released.has(placeKey(op.place)),
          sure: isCertain(op, fn),
        });
      if (op.kind !== 'call' || op.call?.literal) continue;
      for (const target of runsAt(all, op))
        for (const [owner, { shared, depth, again, sure }] of mayTake(all, target))
          add(owner, { op, shared, depth: depth + 1, again, sure: sure && isCertain(op, fn) });
    }
    return found;
  });
}

/** The one that says most is kept. */
const weight = ({ again, sure, shared }: MayTake): number => (again ? 0 : 4) + (sure ? 2 : 0) + (shared ? 0 : 1);

/** Operations at which `fn` may wait for another goroutine, in calls too. */
export function mayBlockAt(all: Analysed, fn: FlowFunction, depth = 0): readonly Op[] {
  return all.once<FlowFunction, readonly Op[]>(mayBlockAt, fn, [], () => {
    if (depth > MOST_BLOCKING_CALLS) return [];
    const found = new Set<Op>();
    for (const op of lockFacts(all, fn).at.keys()) {
      if ((op.kind === 'send' || op.kind === 'receive' || op.kind === 'wg-wait') && !op.select) found.add(op);
      if (op.kind !== 'call' || op.call?.literal) continue;
      for (const target of targetsOf(all, op)) for (const inner of mayBlockAt(all, target, depth + 1)) found.add(inner);
    }
    return [...found].slice(0, MOST_BLOCKING);
  });
}

const MOST_BLOCKING_CALLS = 3;
const MOST_BLOCKING = 12;
