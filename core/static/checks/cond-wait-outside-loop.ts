/** Cond.Wait that is not in a loop. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { replace } from '../fixes/edits';
import { loopsAround } from '../flow/operations';
import { site, textOf } from './reporting';

export const condWaitOutsideLoop: Check = {
  name: 'cond-wait-outside-loop',
  title: 'Cond.Wait outside of a loop',
  summary: 'A goroutine that Wait wakes does not look at the condition again.',
  explanation:
    'Between the signal and the waking others may run and undo what was waited for; `Broadcast` wakes all, though one takes it. Call `Wait` in `for !condition`.',
  cwe: 362,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Queue struct { mu sync.Mutex; full *sync.Cond; items []int }\n\nfunc (q *Queue) Pop() int {\n\tq.mu.Lock()\n\tdefer q.mu.Unlock()\n\tif len(q.items) == 0 {\n\t\tq.full.Wait()\n\t}\n\tv := q.items[0]\n\tq.items = q.items[1:]\n\treturn v\n}',
      right:
        'type Queue struct { mu sync.Mutex; full *sync.Cond; items []int }\n\nfunc (q *Queue) Pop() int {\n\tq.mu.Lock()\n\tdefer q.mu.Unlock()\n\tfor len(q.items) == 0 {\n\t\tq.full.Wait()\n\t}\n\tv := q.items[0]\n\tq.items = q.items[1:]\n\treturn v\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (
          op.kind !== 'cond-wait' ||
          loopsAround(op.node, fn).length > 0 ||
          /wait/iu.test(fn.name.replace(/^.*\./u, ''))
        )
          continue;
        const around = op.node.parent?.parent?.parent?.parent;
        const word =
          around?.type === 'if_statement' &&
          !around.childForFieldName('alternative') &&
          !around.childForFieldName('initializer')
            ? around
            : undefined;
        yield {
          fn,
          message: phrase`${textOf(op)}.Wait is not in a loop that looks at its condition again`,
          explanation: [
            phrase`Between the signal and the waking another goroutine may have undone what was waited for.`,
          ],
          sites: [site(op, phrase`goes on however the condition is`, 'cond-wait')],
          fixes: word
            ? [
                {
                  title: phrase`Wait in a loop`,
                  edits: [{ ...replace(fn.file, word, 'for'), end: word.startIndex + 'if'.length }],
                },
              ]
            : [],
        };
      }
    }
  },
};
