/** Locks that every caller holds when it calls a function: `addLocked` need not take what it is called with. */
import type { Analysed } from '../analysed';
import { isStartedByGroup } from './dispatch';
import { isOnlyCalled, lockFacts } from './locks';
import { type FlowFunction, family, type Op, placeKey } from './operations';

export interface CallSite {
  op: Op;
  caller: FlowFunction;
}

/** By the declared function's body. */
export function callSites(all: Analysed): ReadonlyMap<FlowFunction, readonly CallSite[]> {
  return all.once(callSites, '', new Map(), () => {
    const sites = new Map<FlowFunction, CallSite[]>();
    for (const caller of all.functions()) {
      for (const op of caller.ops) {
        const call = op.inner?.call ?? op.call;
        const flow = isStartedByGroup(op) ? all.target(op.target) : (call?.literal ?? all.target(call?.target));
        if (!flow) continue;
        const list = sites.get(flow);
        if (list) list.push({ op, caller });
        else sites.set(flow, [{ op, caller }]);
      }
    }
    return sites;
  });
}

/** Owners of the locks that are surely held when `fn` begins; empty for what others may call. */
export function entryLocks(all: Analysed, fn: FlowFunction): ReadonlySet<string> {
  return all.once(entryLocks, fn, new Set(), () => new Set([...heldByCallers(all, fn), ...givenBack(all, fn)]));
}

/** What a function unlocks and never locks its callers have locked. */
function givenBack(all: Analysed, fn: FlowFunction): string[] {
  const locked = family(fn).flatMap(({ ops }) =>
    ops.flatMap(({ kind, place }) => (kind === 'lock' && place ? [place.owner] : [])),
  );
  return [...lockFacts(all, fn).released.values()].flatMap(({ place }) =>
    locked.includes(place.owner) ? [] : [place.owner],
  );
}

function heldByCallers(all: Analysed, fn: FlowFunction): ReadonlySet<string> {
  if (fn.use === 'go' || (fn.use === 'value' && !isOnlyCalled(fn))) return new Set();
  const every = callSites(all).get(fn) ?? [];
  // Tests call what nobody else has.
  const program = every.filter(({ op, caller }) => !/_test\.go$/u.test(caller.file.path) && !isOfFresh(op, caller));
  const sites = program.length > 0 ? program : every;
  if (sites.length === 0) return new Set();
  let common: Set<string> | undefined;
  for (const { op, caller } of sites) {
    if (op.kind === 'go') return new Set();
    const root = inlinedInto(caller);
    const states = lockFacts(all, root).at.get(op.kind === 'defer' && op.inner ? op.inner : op);
    // Not reached on any path that was followed.
    if (!states) continue;
    const outside = entryLocks(all, root);
    for (const held of states) {
      const owners = new Set([...[...held.values()].map(({ place }) => place.owner), ...outside]);
      common = common ? new Set([...common].filter((owner) => owners.has(owner))) : owners;
    }
  }
  return common ?? new Set();
}

/** `c := &Client{}; c.setUp()`: who makes the object needs no lock for it. */
function isOfFresh(op: Op, caller: FlowFunction): boolean {
  const root = (op.inner ?? op).call?.receiver?.root;
  return root?.owner === caller && root.parameter === undefined && /^(?:&[\w.]+\{|new\()/u.test(root.value?.text ?? '');
}

/** It is only called by those who make the object, so that nobody else has it yet. */
export function isSettingUp(all: Analysed, fn: FlowFunction, depth = 0): boolean {
  const sites = (callSites(all).get(fn) ?? []).filter(({ caller }) => !/_test\.go$/u.test(caller.file.path));
  return (
    sites.length > 0 &&
    depth < 4 &&
    sites.every(({ op, caller }) => {
      if (op.kind !== 'call') return false;
      if (isOfFresh(op, caller)) return true;
      const receiver = op.call?.receiver;
      const own = receiver?.root.owner === caller && receiver.root.parameter === -1 && receiver.path.length === 0;
      return own && isSettingUp(all, caller, depth + 1);
    })
  );
}

/** The function in whose walk the operations of a called or deferred literal are met. */
export function inlinedInto(fn: FlowFunction): FlowFunction {
  let at = fn;
  while (at.parent && (at.use === 'call' || at.use === 'defer')) at = at.parent;
  return at;
}

/** What is held at an operation, path by path: keys of places, and owners held on entry. */
export function heldAt(
  all: Analysed,
  op: Op,
): { keys: ReadonlySet<string>; owners: ReadonlySet<string>; shared: boolean }[] {
  const root = inlinedInto(op.fn);
  const outside = entryLocks(all, root);
  return (lockFacts(all, root).at.get(op) ?? []).map((held) => ({
    keys: new Set([...held.values()].map(({ place }) => placeKey(place))),
    owners: new Set([...[...held.values()].map(({ place }) => place.owner), ...outside]),
    shared: held.size > 0 && [...held.values()].every(({ shared }) => shared),
  }));
}
