/** The same mutex locked twice on one path. Mutexes of sync are not reentrant: the goroutine waits for itself. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { releaseAround, unlockBefore } from '../fixes/locks';
import { runsAt } from '../flow/callbacks';
import { targetsOf } from '../flow/dispatch';
import { type Held, type Hold, lockFacts, translate } from '../flow/locks';
import { type Call, type FlowFunction, type Op, outermost, placeKey } from '../flow/operations';
import { mayTake, takings } from '../flow/taken-locks';
import { isMutex, nameOf } from '../source/types';
import { lineOf, site } from './reporting';

export const doubleLock: Check = {
  name: 'double-lock',
  title: 'Lock that is taken twice',
  cwe: 764,
  summary: 'A mutex is locked again on a path that already holds it.',
  explanation:
    'A `sync.Mutex` does not know who holds it: a goroutine that locks it again waits for itself, for ever. A second ' +
    '`RLock` waits as well once a writer has come between the two. Unlock it first, or split the function so that the ' +
    'inner part expects the lock to be held.',
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Cache struct { mu sync.Mutex; m map[string]bool }\n\n' +
        'func (c *Cache) Add(k string) {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tif c.Has(k) {\n\t\treturn\n\t}\n}\n\n' +
        'func (c *Cache) Has(k string) bool {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\treturn c.m[k]\n}',
      right:
        'type Cache struct { mu sync.Mutex; m map[string]bool }\n\n' +
        'func (c *Cache) Add(k string) {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tif c.has(k) {\n\t\treturn\n\t}\n}\n\n' +
        '// has expects c.mu to be held.\nfunc (c *Cache) has(k string) bool { return c.m[k] }',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) if (fn.use !== 'call' && fn.use !== 'defer') yield* checkFunction(all, fn);
  },
};

function checkFunction(all: Analysed, fn: FlowFunction): Report[] {
  const { at } = lockFacts(all, fn);
  const found = new Map<Op, Report>();
  // Readers do not wait for each other as long as nobody writes.
  const waits = (hold: Hold, shared: boolean): boolean =>
    isSure(hold) && !(hold.shared && shared && !writers(all).has(hold.place.owner));
  for (const [op, states] of at) {
    // A deferred lock has a check of its own.
    if (op.kind === 'lock' && op.place && !op.tried && op.node.parent?.type !== 'defer_statement') {
      for (const held of states) {
        const hold = held.get(placeKey(op.place));
        if (hold && waits(hold, op.shared === true)) found.set(op, found.get(op) ?? describe(op, hold));
      }
    }
    const call = op.kind === 'call' ? op.call : undefined;
    if (call) for (const report of printed(all, op, call, states, waits)) found.set(op, found.get(op) ?? report);
    if (call) for (const report of again(all, op, call, states, waits)) found.set(op, found.get(op) ?? report);
    if (!call?.target || states.every((held) => held.size === 0)) continue;
    for (const taking of takings(all, all.flow(call.target))) {
      const place = translate(taking.place, call);
      if (!place || !taking.always) continue;
      for (const held of states) {
        const hold = held.get(placeKey(place));
        if (hold && waits(hold, taking.shared))
          found.set(op, found.get(op) ?? describe(op, hold, { shared: taking.shared, op: taking.op }));
      }
    }
  }
  return [...found.values()];
}

/**
 * What is called gets at the locked object by another way: a function value that was set from outside, a field that leads
 * back. That it is the same object is likely where what is called was reached from the locked one, and is not one of its
 * own type, of which there may be many.
 */
function again(
  all: Analysed,
  op: Op,
  call: Call,
  states: readonly Held[],
  waits: (hold: Hold, shared: boolean) => boolean,
): Report[] {
  const [first] = states;
  if (!first || first.size === 0 || call.literal) return [];
  const places = [call.receiver, ...call.argPlaces].flatMap((place) => (place ? [place] : []));
  for (const hold of first.values()) {
    const { place } = hold;
    const type = nameOf(place.root.type);
    if (place.root.owner === undefined || type === undefined || !place.owner.startsWith(`${type}.`)) continue;
    if (!states.every((held) => held.has(placeKey(place)))) continue;
    if (!places.some(({ root }) => root === place.root || root.element?.root === place.root)) continue;
    if (places.some(({ root, path, type: of }) => nameOf(of) === type && (root !== place.root || path.length > 0)))
      continue;
    for (const target of targetsOf(all, op)) {
      // Taken under its own name it is dealt with above.
      const named = takings(all, target).some((taking) => {
        const own = translate(taking.place, call);
        return own !== undefined && placeKey(own) === placeKey(place);
      });
      if (named) continue;
      const taken = mayTake(all, target).get(place.owner);
      if (
        !taken?.sure ||
        taken.again ||
        isOwn(all, target, place.owner) ||
        taken.depth > MOST_CALLS ||
        !waits(hold, taken.shared)
      )
        continue;
      if (isOfAnother(all, taken.op, place.owner, type)) continue;
      if (lockFacts(all, target).released.size > 0 || sameMethod(deepest(all, taken.op, place.owner), op.fn)) continue;
      return [describe(op, hold, { shared: taken.shared, op: taken.op })];
    }
  }
  return [];
}

const MOST_CALLS = 4;

/** The lock of what the method is called on, or of what that embeds: of another object than the locked one. */
const isOwn = (all: Analysed, target: FlowFunction, owner: string): boolean =>
  takings(all, target).some(
    ({ place }) => place.owner === owner && place.root.parameter === -1 && place.path.length === 1,
  );

/** On the way an object of the type leads to another one: `for _, parent := range s.parents { parent.add() }`. */
function isOfAnother(all: Analysed, op: Op, owner: string, type: string, depth = 0): boolean {
  const receiver = op.call?.receiver;
  const from = receiver?.root.element ?? receiver;
  if (from && nameOf(receiver?.type) === type && nameOf(from.root.type) === type && from.path.length > 0) return true;
  const inner = runsAt(all, op).flatMap((target) => mayTake(all, target).get(owner) ?? [])[0];
  return (
    op.kind !== 'lock' &&
    inner !== undefined &&
    depth < MOST_CALLS &&
    isOfAnother(all, inner.op, owner, type, depth + 1)
  );
}

/** The function in which the lock is taken at last. */
function deepest(all: Analysed, op: Op, owner: string, depth = 0): FlowFunction {
  const inner = runsAt(all, op).flatMap((target) => mayTake(all, target).get(owner) ?? [])[0];
  return op.kind === 'lock' || !inner || depth > MOST_CALLS ? op.fn : deepest(all, inner.op, owner, depth + 1);
}

/** `func (w *wrapper) Close() { …; w.inner.Close() }`: what is wrapped is another, though it may be of the same type. */
const sameMethod = (a: FlowFunction, b: FlowFunction): boolean =>
  outermost(a).name.replace(/^.*\./u, '') === outermost(b).name.replace(/^.*\./u, '');

/** fmt calls the String or Error method of what it prints. */
function printed(
  all: Analysed,
  op: Op,
  call: Call,
  states: readonly Held[],
  waits: (hold: Hold, shared: boolean) => boolean,
): Report[] {
  if (!/^(?:fmt|log)\.\w*(?:Print|Sprint|Fprint|Errorf|Fatal|Panic|Append)\w*$/u.test(call.name)) return [];
  return call.argPlaces.flatMap((place) => {
    const method = place && (all.pkg.method(place.type, 'Error') ?? all.pkg.method(place.type, 'String'));
    if (!place || !method) return [];
    const called: Call = { ...call, receiver: place, target: method, method: method.name };
    return takings(all, all.flow(method)).flatMap((taking) => {
      const lock = translate(taking.place, called);
      const held = lock && states.map((one) => one.get(placeKey(lock))).find((hold) => hold !== undefined);
      return held && taking.always && waits(held, taking.shared)
        ? [describe({ ...op, call: called }, held, { shared: taking.shared, op: taking.op })]
        : [];
    });
  });
}

/** Owners of locks that are taken exclusively somewhere in the package. */
function writers(all: Analysed): ReadonlySet<string> {
  return all.once(writers, '', new Set(), () => {
    const ops = all.functions().flatMap((fn) => fn.ops.map((op) => (op.kind === 'defer' && op.inner ? op.inner : op)));
    return new Set(ops.flatMap((op) => (op.kind === 'lock' && !op.shared && op.place ? [op.place.owner] : [])));
  });
}

const isSure = (hold: Hold): boolean => isMutex(hold.place.type) || hold.place.type === undefined;

function describe(op: Op, hold: Hold, inner?: { shared: boolean; op: Op }): Report {
  const again = inner ? inner.shared : op.shared === true;
  const what = hold.place.node.text.replace(/^&/u, '');
  const verb = (shared: boolean): Phrase => (shared ? phrase`read-locked` : phrase`locked`);
  const same = hold.since === op;
  const before = same ? phrase`by an earlier iteration` : phrase`in line ${lineOf(hold.since)}`;
  const name = inner ? op.call!.method : '';
  const operation = again ? 'rlock' : 'lock';
  return {
    fn: op.fn,
    message: inner
      ? phrase`${name} locks ${what}, which is already ${verb(hold.shared)} ${before}`
      : phrase`${what} is ${verb(again)} again; it is already ${verb(hold.shared)} ${before}`,
    explanation: [
      same
        ? phrase`The loop comes back to line ${lineOf(hold.since)} without unlocking ${what}.`
        : phrase`${what} is ${verb(hold.shared)} in line ${lineOf(hold.since)} and not unlocked on the way to line ${lineOf(op)}.`,
      ...(inner ? [phrase`${name} locks it in line ${lineOf(inner.op)}.`] : []),
      hold.shared || again
        ? phrase`A writer that comes between a read lock and the next lock of the same goroutine makes both wait for ever.`
        : phrase`A mutex of sync cannot be taken twice by the same goroutine: it waits for itself.`,
    ],
    sites: [
      site(op, phrase`locks again`, operation),
      ...(same ? [] : [site(hold.since, phrase`${what} is ${verb(hold.shared)} here`, hold.shared ? 'rlock' : 'lock')]),
      ...(inner ? [site(inner.op, phrase`${name} locks it here`, operation)] : []),
    ],
    fixes: inner ? releaseAround(op, hold, phrase`calls ${name}`) : unlockBefore(op, hold),
  };
}
