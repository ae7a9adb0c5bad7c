/** A field is written under a lock that is only read-locked: other readers are there at the same time. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { inlinedInto } from '../flow/entry-locks';
import { type Held, lockFacts } from '../flow/locks';
import type { Access, FlowFunction, Op, Place } from '../flow/operations';
import { isMutex, nameOf } from '../source/types';
import { isFresh } from './mixed-atomic';
import { lineOf, site, siteAt } from './reporting';

export const writeUnderRLock: Check = {
  name: 'write-under-rlock',
  title: 'Write under a read lock',
  summary: 'A field is written while its lock is held for reading only.',
  explanation:
    'Any number of readers hold a read lock at once, so two of them may write, or one writes while another reads: a data race. Take the lock for writing.',
  cwe: 667,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Cache struct { mu sync.RWMutex; hits int; m map[string]int }\n\nfunc (c *Cache) Get(k string) int {\n\tc.mu.RLock()\n\tdefer c.mu.RUnlock()\n\tc.hits++\n\treturn c.m[k]\n}\n\nfunc (c *Cache) Reset() {\n\tc.mu.Lock()\n\tc.hits = 0\n\tc.mu.Unlock()\n}',
      right:
        'type Cache struct { mu sync.RWMutex; hits int; m map[string]int }\n\nfunc (c *Cache) Get(k string) int {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tc.hits++\n\treturn c.m[k]\n}\n\nfunc (c *Cache) Reset() {\n\tc.mu.Lock()\n\tc.hits = 0\n\tc.mu.Unlock()\n}',
    },
  ],
  *run(all) {
    const told = new Set<string>();
    const exclusive = heldForWriting(all);
    for (const fn of all.functions()) {
      const facts = lockFacts(all, inlinedInto(fn));
      if (!facts.complete) continue;
      for (const op of fn.ops) {
        const states = op.kind === 'access' ? facts.at.get(op) : undefined;
        if (!states || states.length === 0 || states.some((held) => held.size === 0)) continue;
        for (const access of op.accesses ?? []) {
          const found = access.write && !access.address ? judge(all, fn, op, access, states) : undefined;
          // What is never used under the write lock is not what the lock is for.
          if (
            !found ||
            (!access.place.root.element && !exclusive.has(access.place.owner)) ||
            told.has(access.place.owner)
          )
            continue;
          told.add(access.place.owner);
          yield found;
        }
      }
    }
  },
};

/** Owners that are used somewhere while a lock is held for writing. */
function heldForWriting(all: Analysed): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const fn of all.functions()) {
    const { at } = lockFacts(all, inlinedInto(fn));
    for (const op of fn.ops) {
      if (op.kind !== 'access') continue;
      const holds = (at.get(op) ?? []).some((held) => [...held.values()].some(({ shared }) => !shared));
      if (holds) for (const { place } of op.accesses ?? []) owners.add(place.owner);
    }
  }
  return owners;
}

function judge(all: Analysed, fn: FlowFunction, op: Op, access: Access, states: readonly Held[]): Report | undefined {
  const { place } = access;
  if (place.root.node === access.node || isFresh(access, fn) || isMutex(place.type)) return undefined;
  if (/^sync(?:\/atomic)?\./u.test(nameOf(place.type) ?? '')) return undefined;
  if (states.some((held) => [...held.values()].some(({ shared }) => !shared))) return undefined;
  const hold = [...states[0]!.values()].find((one) => guards(all, one.place, place));
  if (!hold) return undefined;
  const lock = hold.place.node.text.replace(/^&/u, '');
  return {
    fn,
    message: phrase`${access.node.text} is written here while ${lock} is held for reading only`,
    explanation: [
      phrase`${lock} is read-locked in line ${lineOf(hold.since)}, as others may have it at the same time.`,
      phrase`Two of them may write at once, or one write while another reads.`,
    ],
    sites: [
      siteAt(op.fn, access.node, phrase`written under a read lock`, 'write'),
      site(hold.since, phrase`${lock} is read-locked here`, 'rlock'),
    ],
  };
}

/** The lock lies beside what is written, or above an element of it that has no lock of its own. */
function guards(all: Analysed, lock: Place, place: Place): boolean {
  const { element } = place.root;
  const root = element?.root ?? place.root;
  const path = element ? [...element.path, ...place.path] : place.path;
  if (element && (place.path.length === 0 || all.pkg.lockedTypes().has(nameOf(place.root.type) ?? ''))) return false;
  const base = lock.path.slice(0, -1);
  if (lock.root === root)
    return lock.path.length > 0 && path.length > base.length && base.every((part, index) => part === path[index]);
  // `var clients map…; var clientsMutex sync.RWMutex`
  return (
    lock.root.owner === undefined &&
    root.owner === undefined &&
    lock.path.length === 0 &&
    lock.root.name.length > root.name.length &&
    lock.root.name.startsWith(root.name)
  );
}
