/** `Cond.Signal` wakes one; a change that lets all go on needs `Broadcast`. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { replace } from '../fixes/edits';
import type { Op } from '../flow/operations';
import { site, textOf } from './reporting';

export const signalForMany: Check = {
  name: 'signal-for-many',
  title: 'Signal where several wait',
  summary: 'A flag that lets every waiter go on is set for good, and Signal wakes only one of them.',
  explanation:
    'When the condition stays true (`closed = true`), all who wait for it may go on, but `Signal` wakes one; the others sleep on. `Broadcast` wakes all.',
  cwe: 833,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type queue struct { mu sync.Mutex; cond *sync.Cond; closed bool; items []int }\n\nfunc (q *queue) close() {\n\tq.mu.Lock()\n\tq.closed = true\n\tq.mu.Unlock()\n\tq.cond.Signal()\n}\n\nfunc (q *queue) push(v int) {\n\tq.mu.Lock()\n\tq.items = append(q.items, v)\n\tq.mu.Unlock()\n\tq.cond.Signal()\n}\n\nfunc (q *queue) pop() {\n\tq.mu.Lock()\n\tfor len(q.items) == 0 && !q.closed {\n\t\tq.cond.Wait()\n\t}\n\tq.mu.Unlock()\n}',
      right:
        'type queue struct { mu sync.Mutex; cond *sync.Cond; closed bool; items []int }\n\nfunc (q *queue) close() {\n\tq.mu.Lock()\n\tq.closed = true\n\tq.mu.Unlock()\n\tq.cond.Broadcast()\n}\n\nfunc (q *queue) push(v int) {\n\tq.mu.Lock()\n\tq.items = append(q.items, v)\n\tq.mu.Unlock()\n\tq.cond.Signal()\n}\n\nfunc (q *queue) pop() {\n\tq.mu.Lock()\n\tfor len(q.items) == 0 && !q.closed {\n\t\tq.cond.Wait()\n\t}\n\tq.mu.Unlock()\n}',
    },
  ],
  *run(all) {
    const waits = all.functions().flatMap(({ ops }) => ops.filter(({ kind }) => kind === 'cond-wait'));
    if (waits.length === 0) return;
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const signal = op.inner ?? op;
        if (signal.kind !== 'cond-signal' || !signal.place) continue;
        const wait = waits.find(({ place }) => place?.owner === signal.place!.owner);
        const flag = wait && flagOf(wait);
        const set = flag && fn.ops.find((one) => setsForGood(one, flag));
        if (!wait || !set) continue;
        const method = signal.node.childForFieldName('function')?.childForFieldName('field');
        yield {
          fn,
          message: phrase`Signal wakes one goroutine that waits for ${textOf(signal)}; ${flag} lets all of them go on`,
          explanation: [phrase`${flag} is set here and stays so; whoever is not woken sleeps on.`],
          sites: [
            site(signal, phrase`wakes one`, 'cond-signal'),
            site(wait, phrase`may sleep on`, 'cond-wait'),
            site(set, phrase`lets all go on`, 'write'),
          ],
          fixes: method ? [{ title: phrase`Wake all: Broadcast`, edits: [replace(fn.file, method, 'Broadcast')] }] : [],
        };
      }
    }
  },
};

/** The field `closed` of `for … && !q.closed { q.cond.Wait() }`. */
function flagOf(wait: Op): string | undefined {
  for (let at = wait.node.parent; at && at.type !== 'func_literal'; at = at.parent) {
    if (at.type !== 'for_statement') continue;
    const head = at.namedChildren.find((child) => child.field !== 'body');
    return /!\w+\.(\w*(?:clos|done|stop|shut|quit|exit|abort)\w*)\b/iu.exec(head?.text ?? '')?.[1];
  }
  return undefined;
}

const setsForGood = ({ kind, node }: Op, flag: string): boolean =>
  kind === 'access' && new RegExp(`\\.${flag}\\s*=\\s*true\\b`, 'u').test(node.text);
