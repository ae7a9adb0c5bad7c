/** `for { select { … default: } }`: a loop that spins while it waits. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { removeLine } from '../fixes/edits';
import { siteAt } from './reporting';

export const busyLoop: Check = {
  name: 'busy-loop',
  title: 'Loop that spins',
  summary: 'A select with an empty default in an endless loop never waits: it burns a core.',
  explanation: 'Without the `default` the select waits for one of its cases (staticcheck SA5004).',
  cwe: 400,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func run(in chan int) {\n\tfor {\n\t\tselect {\n\t\tcase v := <-in:\n\t\t\tuse(v)\n\t\tdefault:\n\t\t}\n\t}\n}',
      right: 'func run(in chan int) {\n\tfor {\n\t\tselect {\n\t\tcase v := <-in:\n\t\t\tuse(v)\n\t\t}\n\t}\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (op.kind !== 'select') continue;
        const list = op.node.parent;
        const loop =
          list?.type === 'statement_list' && list.namedChildren.length === 1 ? list.parent?.parent : undefined;
        if (loop?.type !== 'for_statement' || loop.namedChildren.length !== 1) continue;
        const cases = op.node.namedChildren;
        const empty = cases.find((one) => one.type === 'default_case' && one.namedChildren.length === 0);
        if (!empty || cases.length < 2) continue;
        yield {
          fn,
          message: phrase`This loop never waits: the empty default runs whenever no case is ready`,
          explanation: [phrase`The select takes its default at once, the loop comes back to it at once.`],
          sites: [
            siteAt(fn, empty, phrase`taken again and again`, 'select'),
            siteAt(fn, loop, phrase`the loop that spins`, 'loop'),
          ],
          fixes: [{ title: phrase`Take the default out`, edits: [removeLine(fn.file, empty)] }],
        };
      }
    }
  },
};
