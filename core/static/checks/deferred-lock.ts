/** `mu.Lock(); defer mu.Lock()`: a slip of the keyboard that deadlocks at the return. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { lockFacts } from '../flow/locks';
import { placeKey } from '../flow/operations';
import { site, textOf } from './reporting';

export const deferredLock: Check = {
  name: 'deferred-lock',
  title: 'Deferred lock instead of unlock',
  summary: 'A lock that was just taken is taken again by a deferred call; Unlock was meant.',
  explanation: '`defer mu.Lock()` behind `mu.Lock()` waits for itself when the function returns (staticcheck SA2003).',
  cwe: 764,
  severity: 'error',
  examples: [
    {
      wrong:
        'type Box struct { mu sync.Mutex; v int }\n\nfunc (b *Box) Put(v int) {\n\tb.mu.Lock()\n\tdefer b.mu.Lock()\n\tb.v = v\n}',
      right:
        'type Box struct { mu sync.Mutex; v int }\n\nfunc (b *Box) Put(v int) {\n\tb.mu.Lock()\n\tdefer b.mu.Unlock()\n\tb.v = v\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const { inner } = op;
        if (op.kind !== 'defer' || inner?.kind !== 'lock' || !inner.place) continue;
        const key = placeKey(inner.place);
        const since = lockFacts(all, fn)
          .at.get(op)
          ?.map((held) => held.get(key))
          .find((hold) => hold)?.since;
        const field = inner.call?.node.childForFieldName('function')?.childForFieldName('field');
        if (!since || !field) continue;
        const right = field.text.replace('Lock', 'Unlock');
        yield {
          fn,
          message: phrase`${textOf(inner)} is locked again when ${fn.name} returns; ${right} was meant`,
          explanation: [
            phrase`The lock is taken in this function and again by its deferred call, so it waits for itself.`,
          ],
          sites: [site(op, phrase`locks at the return`, 'lock'), site(since, phrase`locked here`, 'lock')],
          fixes: [
            {
              title: phrase`Defer ${right}`,
              edits: [{ file: fn.file, start: field.startIndex, end: field.endIndex, text: right }],
            },
          ],
        };
      }
    }
  },
};
