/** `for { select { case <-done: break … } }`: the break leaves the select, not the loop. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { siteAt } from './reporting';

export const ineffectiveBreak: Check = {
  name: 'ineffective-break',
  title: 'Break that leaves only the select',
  summary: 'A break that is to end the loop ends the select inside it.',
  explanation:
    'After the break the loop goes on: with a closed channel it spins, and the goroutine never ends (staticcheck SA4011). Use `return` or a label.',
  cwe: 835,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func run(in chan int, done chan bool) {\n\tfor {\n\t\tselect {\n\t\tcase v := <-in:\n\t\t\tuse(v)\n\t\tcase <-done:\n\t\t\tbreak\n\t\t}\n\t}\n}',
      right:
        'func run(in chan int, done chan bool) {\n\tfor {\n\t\tselect {\n\t\tcase v := <-in:\n\t\t\tuse(v)\n\t\tcase <-done:\n\t\t\treturn\n\t\t}\n\t}\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (op.kind !== 'select') continue;
        const list = op.node.parent;
        const loop = list?.type === 'statement_list' ? list.parent?.parent : undefined;
        // Only what stands last in a loop without an end of its own: otherwise the rest of the round is skipped on purpose.
        if (loop?.type !== 'for_statement' || loop.namedChildren.length !== 1 || list!.namedChildren.at(-1) !== op.node)
          continue;
        for (const one of op.node.namedChildren) {
          const communication = one.childForFieldName('communication');
          const last = one.namedChildren.find(({ type }) => type === 'statement_list')?.namedChildren.at(-1);
          if (!communication || last?.type !== 'break_statement' || last.namedChildren.length > 0) continue;
          yield {
            fn,
            message: phrase`This break leaves the select; the loop goes on`,
            explanation: [
              phrase`break ends the innermost for, switch or select.`,
              phrase`The loop around has no other end here, so ${fn.name} goes on.`,
            ],
            sites: [
              siteAt(fn, last, phrase`leaves only the select`, 'break'),
              siteAt(fn, loop, phrase`the loop goes on`, 'loop'),
            ],
            fixes: fn.node.childForFieldName('result')
              ? []
              : [
                  {
                    title: phrase`Return instead`,
                    edits: [{ file: fn.file, start: last.startIndex, end: last.endIndex, text: 'return' }],
                  },
                ],
          };
        }
      }
    }
  },
};
