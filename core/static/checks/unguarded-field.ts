/**
 * A field is used without the lock under which it is used everywhere else. Which lock guards a field is inferred from
 * how often it is held (Engler et al., "Bugs as Deviant Behavior", SOSP 2001), and the counts are told.
 */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { lockForAll } from '../fixes/locks';
import { isValue } from '../flow/dispatch';
import { callSites, entryLocks, inlinedInto, isSettingUp } from '../flow/entry-locks';
import { callersHold } from '../flow/expects-lock';
import { lockFacts } from '../flow/locks';
import type { Access, FlowFunction, Op } from '../flow/operations';
import { isMutex, nameOf } from '../source/types';
import { isFresh } from './mixed-atomic';
import { siteAt } from './reporting';

interface Use {
  access: Access;
  op: Op;
  /** Owners of locks held on every path, and whether only for reading. */
  held: ReadonlyMap<string, boolean>;
  /** Nothing speaks against it that where no lock is seen none is held. */
  sure: boolean;
}

/** Uses under the lock for each use without it, and at least so many. */
const RATIO = 3;
/** … where it is only read without it. */
const READ_RATIO = 8;
const LEAST = 3;
/** The share of all uses that hold it. */
const MOST_USES = 0.75;

export const unguardedField: Check = {
  name: 'unguarded-field',
  title: 'Field used without its lock',
  summary: 'A field is written under a lock elsewhere, and used without it here.',
  explanation:
    'Where a field is changed under a lock, whoever uses it without the lock races with the change. Take the lock, or say in the name of the function (`…Locked`) that callers hold it.',
  cwe: 820,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Pool struct { mu sync.Mutex; n int }\n\nfunc (p *Pool) Put() {\n\tp.mu.Lock()\n\tp.n++\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Take() {\n\tp.mu.Lock()\n\tp.n--\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Clear() {\n\tp.mu.Lock()\n\tp.n = 0\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Reset() {\n\tp.n = 0\n}',
      right:
        'type Pool struct { mu sync.Mutex; n int }\n\nfunc (p *Pool) Put() {\n\tp.mu.Lock()\n\tp.n++\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Take() {\n\tp.mu.Lock()\n\tp.n--\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Clear() {\n\tp.mu.Lock()\n\tp.n = 0\n\tp.mu.Unlock()\n}\n\nfunc (p *Pool) Reset() {\n\tp.mu.Lock()\n\tp.n = 0\n\tp.mu.Unlock()\n}',
    },
  ],
  *run(all) {
    for (const [owner, uses] of usesByField(all)) yield* judge(all, owner, uses);
  },
};

function usesByField(all: Analysed): Map<string, Use[]> {
  const guarded = all.pkg.lockedTypes();
  const fields = new Map<string, Use[]>();
  if (guarded.size === 0) return fields;
  for (const fn of all.functions()) {
    // Tests and constructors use what nobody else has yet.
    if (isTest(fn)) continue;
    const root = inlinedInto(fn);
    const facts = lockFacts(all, root);
    if (!facts.complete) continue;
    for (const op of fn.ops) {
      if (!op.accesses || op.accesses.length === 0) continue;
      let held: ReadonlyMap<string, boolean> | undefined;
      for (const access of op.accesses) {
        const { place } = access;
        if (access.address) continue;
        const type = place.owner.slice(0, place.owner.indexOf('.'));
        if (place.path.length !== 1 || !guarded.has(type) || place.owner.includes('[') || isMutex(place.type)) continue;
        if (/^sync(?:\/atomic)?\./u.test(nameOf(place.type) ?? '') || isFresh(access, fn)) continue;
        held ??= heldOnAll(all, root, op);
        const list = fields.get(place.owner);
        const use = { access, op, held, sure: isSure(all, access, root) };
        if (list) list.push(use);
        else fields.set(place.owner, [use]);
      }
    }
  }
  return fields;
}

/**
 * A copy of the field under another name is nobody else's; what is handed over may be the caller's own; who calls a function
 * value, and what is held then, is not seen; nobody else has what is being read back.
 */
const isSure = (all: Analysed, { node, place }: Access, fn: FlowFunction): boolean =>
  node.type !== 'identifier' &&
  (place.root.parameter ?? -1) < 0 &&
  fn.use !== 'value' &&
  !isValue(all, fn) &&
  !/^load|restor|recover|replay/iu.test(fn.name.replace(/^\(\*?\w+\)\./u, '')) &&
  !isSettingUp(all, fn) &&
  !callersSay(all, fn);

/** All who call it say of themselves that a lock is held. */
function callersSay(all: Analysed, fn: FlowFunction): boolean {
  const sites = (callSites(all).get(fn) ?? []).filter(({ caller }) => !isTest(caller));
  return sites.length > 0 && sites.every(({ op, caller }) => op.kind !== 'go' && callersHold(caller));
}

const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

/** It calls who gives the lock back for a while, now and then: where it is held is not followed. */
const givesBack = (all: Analysed, fn: FlowFunction, lock: string): boolean =>
  fn.ops.some(
    ({ call }) =>
      call?.target &&
      [...lockFacts(all, all.flow(call.target)).released.values()].some(({ place }) => place.owner === lock),
  );

function heldOnAll(all: Analysed, root: FlowFunction, op: Op): Map<string, boolean> {
  const states = lockFacts(all, root).at.get(op) ?? [];
  const common = new Map<string, boolean>();
  for (const [index, held] of states.entries()) {
    const owners = new Map([...held.values()].map(({ place, shared }) => [place.owner, shared] as const));
    if (index === 0) for (const [owner, shared] of owners) common.set(owner, shared);
    else for (const owner of [...common.keys()]) if (!owners.has(owner)) common.delete(owner);
  }
  for (const owner of entryLocks(all, root)) common.set(owner, false);
  return common;
}

function* judge(all: Analysed, owner: string, uses: readonly Use[]): Generator<Report> {
  const type = owner.slice(0, owner.indexOf('.'));
  const locks = new Set(uses.flatMap(({ held }) => [...held.keys()]).filter((lock) => lock.startsWith(`${type}.`)));
  for (const lock of locks) {
    const under = uses.filter(({ held }) => held.has(lock));
    const without = uses.filter(({ held, op }) => held.size === 0 && !callersHold(op.fn));
    const writes = under.filter(({ access }) => access.write);
    const functions = new Set(under.map(({ op }) => op.fn));
    const bare = new Set(without.map(({ op }) => op.fn));
    if (
      writes.length === 0 ||
      functions.size < LEAST ||
      functions.size < RATIO * bare.size ||
      under.length < RATIO * without.length ||
      // Uses under other locks, or by those who say that their callers hold it, speak against it too.
      under.length < MOST_USES * uses.length ||
      without.length === 0
    )
      continue;
    const told = without.filter(({ sure, op }) => sure && !givesBack(all, inlinedInto(op.fn), lock));
    const worst = told.find(({ access }) => access.write) ?? told[0];
    if (!worst) continue;
    // What is set once or twice, and then only read, may be read by whoever comes later.
    if (worst.access.write) {
      if (under.length < RATIO * without.length) continue;
    } else if (under.length < READ_RATIO * without.length || new Set(writes.map(({ op }) => op.fn)).size < 2) continue;
    yield describe(all, owner, lock, worst, writes[0]!, under.length, uses.length);
    return;
  }
}

function describe(
  all: Analysed,
  owner: string,
  lock: string,
  use: Use,
  write: Use,
  under: number,
  total: number,
): Report {
  const verb = use.access.write ? phrase`written` : phrase`read`;
  return {
    fn: use.op.fn,
    message: phrase`${owner} is ${verb} here without ${lock}, which is held in ${under} of its ${total} uses`,
    explanation: [
      phrase`${under} of ${total} uses of ${owner} in this package hold ${lock}, one of them the write in ${write.op.fn.name}.`,
      phrase`${use.op.fn.name} does not take it, so the two are in no order.`,
    ],
    sites: [
      siteAt(use.op.fn, use.access.node, phrase`${verb} without the lock`, use.access.write ? 'write' : 'read'),
      siteAt(write.op.fn, write.access.node, phrase`written under the lock`, 'write'),
    ],
    fixes: lockForAll(all, use.op.fn, lock, use.access.write),
  };
}
