/** `if x == nil { mu.Lock(); if x == nil { x = … } }`: the first look is not ordered behind the write. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { lookUnderLock } from '../fixes/once';
import { heldAt } from '../flow/entry-locks';
import { placeKey } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { lineAt, site, siteAt } from './reporting';

export const doubleChecked: Check = {
  name: 'double-checked-init',
  title: 'Double-checked initialisation',
  summary: 'A variable is looked at without the lock under which it is initialised.',
  explanation:
    'The first look races with the write: it may see a pointer before what it points to. Use `sync.Once`, `sync.OnceValue` or an `atomic.Pointer`.',
  cwe: 609,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Lazy struct { mu sync.Mutex; v *int }\n\nfunc (l *Lazy) Get() *int {\n\tif l.v == nil {\n\t\tl.mu.Lock()\n\t\tif l.v == nil {\n\t\t\tl.v = new(int)\n\t\t}\n\t\tl.mu.Unlock()\n\t}\n\treturn l.v\n}',
      right:
        'type Lazy struct { mu sync.Mutex; v *int }\n\nfunc (l *Lazy) Get() *int {\n\tl.mu.Lock()\n\tdefer l.mu.Unlock()\n\tif l.v == nil {\n\t\tl.v = new(int)\n\t}\n\treturn l.v\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      const locks = fn.ops.filter(({ kind, shared }) => kind === 'lock' && !shared);
      if (locks.length === 0) continue;
      for (const op of fn.ops) {
        const outer = op.kind === 'access' && op.node.parent ? conditionOf(op.node) : undefined;
        const [read] = op.accesses ?? [];
        if (
          !outer ||
          !read ||
          read.write ||
          // What was read under the lock before, and has a name of its own.
          (read.node.type === 'identifier' && read.node.text !== read.place.root.name) ||
          (read.place.root.owner === fn && read.place.path.length === 0 && read.place.root.parameter === undefined)
        )
          continue;
        const key = placeKey(read.place);
        const within = (node: { start: number; end: number }): boolean =>
          node.start >= outer.start && node.end <= outer.end;
        const lock = locks.find(({ node }) => within(node) && node.start > op.node.end);
        const inner =
          lock &&
          fn.ops
            .flatMap((it) => (it.accesses ?? []).map((access) => ({ it, access })))
            .find(
              ({ access }) =>
                access.write &&
                placeKey(access.place) === key &&
                within(access.node) &&
                access.node.start > lock.node.end,
            );
        const again =
          inner &&
          fn.ops.some((it) =>
            it.accesses?.some(
              ({ place, write, node }) =>
                !write &&
                placeKey(place) === key &&
                node.start > lock!.node.end &&
                node.start < inner.access.node.start &&
                conditionOf(it.node) !== undefined,
            ),
          );
        if (!inner || !again || heldAt(all, op).some(({ owners }) => owners.size > 0)) continue;
        yield {
          fn,
          message: phrase`${read.node.text} is looked at without the lock under which line ${lineAt(fn.file, inner.access.node)} writes it`,
          explanation: [phrase`The look in front of the lock is in no order with the write behind it: a data race.`],
          sites: [
            siteAt(fn, read.node, phrase`read without the lock`, 'read'),
            siteAt(fn, inner.access.node, phrase`written under the lock`, 'write'),
            site(lock!, phrase`the lock`, 'lock'),
          ],
          fixes: lookUnderLock(fn, outer),
        };
        break;
      }
    }
  },
};

/** The if statement whose condition the node is (part of), when that asks for nil or a flag. */
function conditionOf(node: Syntax): Syntax | undefined {
  for (let at: Syntax | null = node; at?.parent; at = at.parent) {
    if (at.field === 'condition' && at.parent.type === 'if_statement')
      return /(?:==\s*nil|^!)/u.test(at.text) ? at.parent : undefined;
    if (/_statement$|^block$/u.test(at.type)) return undefined;
  }
  return undefined;
}
