/** A lock is released that is not held there, or not in that way. */
import { phrase } from '../../../protocol/phrase';
import type { Check, Report } from '../check';
import { unlockOnce } from '../fixes/locks';
import { entryLocks } from '../flow/entry-locks';
import { lockFacts } from '../flow/locks';
import { type Op, placeKey } from '../flow/operations';
import { isMutex } from '../source/types';
import { lineOf, site, textOf } from './reporting';

export const unlockNotLocked: Check = {
  name: 'unlock-not-locked',
  title: 'Unlock of a lock that is not held',
  summary: 'A mutex is unlocked twice, or in another way than it was locked.',
  explanation:
    'Unlocking a mutex that is not locked ends the process; when another goroutine holds it, it loses its lock. This is ' +
    'what a `defer mu.Unlock()` together with an early `mu.Unlock(); return` does, and `Unlock` after `RLock`.',
  cwe: 832,
  wholePackage: true,
  severity: 'error',
  examples: [
    {
      wrong:
        'type Box struct { mu sync.Mutex; v int }\n\nfunc (b *Box) Take() int {\n\tb.mu.Lock()\n\tdefer b.mu.Unlock()\n\tif b.v == 0 {\n\t\tb.mu.Unlock()\n\t\treturn 0\n\t}\n\treturn b.v\n}',
      right:
        'type Box struct { mu sync.Mutex; v int }\n\nfunc (b *Box) Take() int {\n\tb.mu.Lock()\n\tdefer b.mu.Unlock()\n\tif b.v == 0 {\n\t\treturn 0\n\t}\n\treturn b.v\n}',
    },
    {
      wrong:
        'type Box struct { mu sync.RWMutex; v int }\n\nfunc (b *Box) Get() int {\n\tb.mu.RLock()\n\tdefer b.mu.Unlock()\n\treturn b.v\n}',
      right:
        'type Box struct { mu sync.RWMutex; v int }\n\nfunc (b *Box) Get() int {\n\tb.mu.RLock()\n\tdefer b.mu.RUnlock()\n\treturn b.v\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      if (fn.use === 'call' || fn.use === 'defer') continue;
      const { at, complete } = lockFacts(all, fn);
      if (!complete) continue;
      const ops = [...at.keys()];
      for (const [op, states] of at) {
        if (op.kind !== 'unlock' || !op.place || !isMutex(op.place.type) || op.place.root.writes > 0) continue;
        // `unlock := func() { … }`: how its calls fit is not followed.
        if (op.fn !== fn && op.fn.use === 'value') continue;
        const key = placeKey(op.place);
        const lock = ops.find((it) => it.kind === 'lock' && it.place && placeKey(it.place) === key);
        if (!lock || lock.tried || lock.node.startIndex > op.node.startIndex || entryLocks(all, fn).has(op.place.owner))
          continue;
        // A lock that others give back as well is not followed.
        if (![...at.values()].some((list) => list.some((held) => held.has(key)))) continue;
        const holds = states.map((held) => held.get(key));
        const wrong = holds.find((hold) => hold && hold.shared !== (op.shared === true));
        if (wrong && holds.every((hold) => hold && !hold.under && hold.shared !== (op.shared === true)))
          yield otherWay(op, wrong.since);
        const deferred = op.node.parent?.type === 'defer_statement';
        // On some path to a deferred unlock the lock was given back before.
        const earlier = ops.find(
          (it) =>
            it.kind === 'unlock' &&
            it !== op &&
            it.place &&
            placeKey(it.place) === key &&
            it.node.startIndex > lock.node.startIndex,
        );
        if (!earlier || !isOnPath(states.length, holds.filter((hold) => !hold).length, deferred)) continue;
        if (
          ops.some(
            (it) => it.kind === 'call' && it.call?.target && lockFacts(all, all.flow(it.call.target)).released.size > 0,
          )
        )
          continue;
        yield twice(op, earlier, lock);
      }
    }
  },
};

/** A deferred unlock has to fit every path; another one may be behind a condition that belongs to the lock's. */
const isOnPath = (states: number, missing: number, deferred: boolean): boolean =>
  deferred ? missing > 0 : missing === states;

function twice(op: Op, earlier: Op, lock: Op): Report {
  const what = textOf(op);
  return {
    fn: op.fn,
    message: phrase`${what} is unlocked here although line ${lineOf(earlier)} may have unlocked it already`,
    explanation: [
      phrase`${what} is locked in line ${lineOf(lock)} and unlocked in line ${lineOf(earlier)}.`,
      phrase`On that path line ${lineOf(op)} unlocks it once more, which ends the process.`,
    ],
    sites: [
      site(op, phrase`unlocks what is not locked`, 'unlock'),
      site(earlier, phrase`unlocked here before`, 'unlock'),
      site(lock, phrase`locked here`, 'lock'),
    ],
    fixes: unlockOnce(op, earlier, lock),
  };
}

function otherWay(op: Op, lock: Op): Report {
  const what = textOf(op);
  const right = op.shared ? 'Unlock' : 'RUnlock';
  const took = lock.shared ? 'RLock' : 'Lock';
  const field = op.call?.node.childForFieldName('function')?.childForFieldName('field');
  return {
    fn: op.fn,
    message: phrase`${what} was ${lock.shared ? phrase`read-locked` : phrase`locked`} in line ${lineOf(lock)}: this has to be ${right}`,
    explanation: [phrase`What ${took} takes only ${right} gives back. Anything else ends the process.`],
    sites: [
      site(op, phrase`unlocks in the wrong way`, op.shared ? 'runlock' : 'unlock'),
      site(lock, phrase`taken here`, lock.shared ? 'rlock' : 'lock'),
    ],
    fixes: field
      ? [
          {
            title: phrase`Call ${right}`,
            edits: [{ file: op.fn.file, start: field.startIndex, end: field.endIndex, text: right }],
          },
        ]
      : [],
  };
}
