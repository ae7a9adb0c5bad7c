/** A path leaves the function with a lock that the other paths release. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { lineBefore, statementOf } from '../fixes/edits';
import { deferUnlock } from '../fixes/locks';
import { lockFacts } from '../flow/locks';
import { type FlowFunction, loopsAround, type Op, placeKey } from '../flow/operations';
import { lineOf, site, siteAt, textOf } from './reporting';

export const lockHeldAtReturn: Check = {
  name: 'lock-held-at-return',
  title: 'Lock held at return',
  summary: 'A path leaves the function without releasing a lock that other paths release.',
  explanation:
    'An early return (or a branch that skips the unlock) leaves the mutex locked, and the next one who wants it waits ' +
    'for ever. `defer mu.Unlock()` right behind the lock releases it on every path.',
  cwe: 667,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Set struct { mu sync.Mutex; n int }\n\nfunc (s *Set) Take() bool {\n\ts.mu.Lock()\n\tif s.n == 0 {\n\t\treturn false\n\t}\n\ts.n--\n\ts.mu.Unlock()\n\treturn true\n}',
      right:
        'type Set struct { mu sync.Mutex; n int }\n\nfunc (s *Set) Take() bool {\n\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n\tif s.n == 0 {\n\t\treturn false\n\t}\n\ts.n--\n\treturn true\n}',
    },
  ],
  *run(all) {
    const handed = handedOver(all);
    for (const fn of all.functions()) {
      if (fn.use === 'call' || fn.use === 'defer' || !fn.ops.some(({ kind }) => kind === 'lock')) continue;
      // Its name or its use of the unlock as a value says that the lock goes on to somebody else.
      if (givesUnlock(fn)) continue;
      yield* check(all, fn, handed);
    }
  },
};

/** `return mu.Unlock`: as a value. */
const givesUnlock = ({ ops }: FlowFunction): boolean =>
  ops.some(({ accesses }) => accesses?.some(({ place }) => /^R?Unlock$/u.test(place.path.at(-1) ?? '')));

function check(all: Analysed, fn: FlowFunction, handed: ReadonlySet<string>): Report[] {
  const { ends, complete, released } = lockFacts(all, fn);
  if (!complete) return [];
  const back = ends.filter(({ node }) => node.exit !== 'panic');
  const found = new Map<string, Report>();
  const keeps = /lock|acquire|begin|enter|reserve/iu.test(fn.name.replace(/^.*\./u, ''));
  for (const { state, node } of back) {
    // Whoever fails gives nothing to hold on to.
    if (keeps && !returnsError(node.op)) continue;
    for (const [key, hold] of state) {
      if (found.has(key) || hold.since.kind !== 'lock' || hold.since.fn !== fn || handed.has(hold.place.owner))
        continue;
      // It gives back first what its caller holds, and is to return with it.
      const lent = released.get(key);
      if (lent?.op.fn === fn && lent.op.node.start < hold.since.node.start) continue;
      const unlocks = fn.ops.filter(({ kind, place }) => kind === 'unlock' && place && placeKey(place) === key);
      if (unlocks.length === 0 || isBalanced(fn, hold.since, unlocks)) continue;
      if (back.every((end) => end.state.has(key)) && !back.every((end) => returnsError(end.node.op))) continue;
      found.set(key, describe(fn, hold.since, node.exit === 'return' ? node.op : undefined));
    }
  }
  return [...found.values()];
}

/** One loop locks and another unlocks: how often each goes round is not followed. */
function isBalanced(fn: FlowFunction, lock: Op, unlocks: readonly Op[]): boolean {
  const loops = loopsAround(lock.node, fn);
  return (
    loops.length > 0 && unlocks.every(({ node }) => loopsAround(node, fn).some((loop) => loop.start > lock.node.end))
  );
}

const returnsError = (op: Op | undefined): boolean =>
  op?.kind === 'return' && /^return\b.*\b(?:Err[A-Z]\w*|err|\w+\.Errorf?\(.*)$/su.test(op.node.text);

/** Owners of locks that some function releases without having taken them: they go from hand to hand. */
function handedOver(all: Analysed): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const fn of all.functions()) {
    if (fn.use === 'call' || fn.use === 'defer') continue;
    for (const { place, op } of lockFacts(all, fn).released.values())
      if (
        op.kind === 'unlock' &&
        !fn.ops.some((it) => it.kind === 'lock' && it.place && placeKey(it.place) === placeKey(place))
      )
        owners.add(place.owner);
  }
  return owners;
}

function describe(fn: FlowFunction, lock: Op, leave: Op | undefined): Report {
  const what = textOf(lock);
  const verb = lock.shared ? phrase`read-locked` : phrase`locked`;
  const method = lock.shared ? 'RUnlock' : 'Unlock';
  const where = leave ? phrase`returns in line ${lineOf(leave)}` : phrase`can reach its end`;
  return {
    fn,
    message: phrase`${what} is still ${verb} when ${fn.name} ${where}`,
    explanation: [
      phrase`${what} is ${verb} in line ${lineOf(lock)}.`,
      phrase`${fn.name} ${where} without unlocking it; other paths unlock it.`,
      phrase`Whoever wants the lock next waits for ever.`,
    ],
    sites: [
      leave
        ? site(leave, phrase`leaves with ${what} ${verb}`, 'return')
        : site(lock, phrase`${what} stays ${verb}`, lock.shared ? 'rlock' : 'lock'),
      ...(leave
        ? [site(lock, phrase`${what} is ${verb} here`, lock.shared ? 'rlock' : 'lock')]
        : [siteAt(fn, fn.node, phrase`the function that may keep it`, 'function')]),
    ],
    fixes: [
      ...deferUnlock(fn, lock),
      ...(leave
        ? [
            {
              title: phrase`Unlock ${what} before this return`,
              edits: [
                lineBefore(fn.file, statementOf(leave.node), `${lock.call?.receiverNode?.text ?? what}.${method}()`),
              ],
            },
          ]
        : []),
    ],
  };
}
