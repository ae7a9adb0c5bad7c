/** `defer mu.Unlock()` in a loop: the lock is given back only when the function returns, and the next round wants it. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { loopsAround } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { lineAt, site, siteAt, textOf } from './reporting';

export const deferInLoop: Check = {
  name: 'defer-in-loop',
  title: 'Deferred release in a loop',
  summary:
    'An unlock, Done or cancel is deferred in a loop: it runs when the function returns, not at the end of the round.',
  explanation:
    'Deferred calls run when the function returns. Until then the lock of the first round is held, and a second round waits for it. Put the body of the loop into a function of its own, or release at the end of the round.',
  cwe: 667,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func drain(jobs []*Job) {\n\tfor _, job := range jobs {\n\t\tjob.mu.Lock()\n\t\tdefer job.mu.Unlock()\n\t\tjob.run()\n\t}\n}\n\ntype Job struct { mu sync.Mutex }',
      right:
        'func drain(jobs []*Job) {\n\tfor _, job := range jobs {\n\t\tjob.once()\n\t}\n}\n\nfunc (j *Job) once() {\n\tj.mu.Lock()\n\tdefer j.mu.Unlock()\n\tj.run()\n}\n\ntype Job struct { mu sync.Mutex }',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const { kind, inner, node } of fn.ops) {
        if (kind !== 'defer' || !inner || (inner.kind !== 'unlock' && inner.kind !== 'wg-done')) continue;
        const [loop] = loopsAround(node, fn);
        if (!loop || leavesBehind(node, loop) || isOnce(node, loop)) continue;
        const what =
          inner.kind === 'unlock' ? phrase`${textOf(inner)} is held` : phrase`Done of ${textOf(inner)} is called`;
        yield {
          fn,
          message: phrase`This deferred call runs when ${fn.name} returns, not at the end of the round: ${what} ${inner.kind === 'unlock' ? phrase`until then` : phrase`only then`}`,
          explanation: [phrase`The loop in line ${lineAt(fn.file, loop)} defers it in each round.`],
          sites: [
            {
              ...site(inner, phrase`runs when the function returns`, inner.kind === 'unlock' ? 'unlock' : 'wg-add'),
              node,
            },
            siteAt(fn, loop, phrase`the loop`, 'loop'),
          ],
        };
      }
    }
  },
};

/** Behind it the function returns, or the loop ends: it is the last round. */
function leavesBehind(node: Syntax, loop: Syntax): boolean {
  for (let at: Syntax | null = node.parent; at && at !== loop; at = at.parent) {
    const last = at.type === 'statement_list' ? at.namedChildren.at(-1)?.type : undefined;
    if (last === 'return_statement' || (last === 'break_statement' && at.parent?.parent === loop)) return true;
  }
  return false;
}

/** `if !locked { …; defer mu.Unlock(); locked = true }` does it in one round. */
function isOnce(node: Syntax, loop: Syntax): boolean {
  for (let at: Syntax | null = node.parent; at && at !== loop; at = at.parent) {
    const flag =
      at.type === 'if_statement' ? /^!(\w+)$/u.exec(at.childForFieldName('condition')?.text ?? '')?.[1] : undefined;
    if (flag && at.descendantsOfType('assignment_statement').some(({ text }) => text === `${flag} = true`)) return true;
  }
  return false;
}
