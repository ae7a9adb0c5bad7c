/** Wait inside the loop that starts the goroutines, although all of them were added before it. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { waitBehind } from '../fixes/groups';
import { family, loopsAround } from '../flow/operations';
import { site, textOf } from './reporting';

export const waitInLoop: Check = {
  name: 'wait-in-loop',
  title: 'Wait inside the loop that starts the goroutines',
  summary:
    'All goroutines were added before the loop, but Wait stands inside it: the first round waits for goroutines that are not started.',
  explanation: 'Move `Wait` behind the loop, or add one in each round.',
  cwe: 833,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Each(jobs []func()) {\n\tvar wg sync.WaitGroup\n\twg.Add(len(jobs))\n\tfor _, job := range jobs {\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tjob()\n\t\t}()\n\t\twg.Wait()\n\t}\n}',
      right:
        'func Each(jobs []func()) {\n\tvar wg sync.WaitGroup\n\twg.Add(len(jobs))\n\tfor _, job := range jobs {\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tjob()\n\t\t}()\n\t}\n\twg.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const wait of fn.ops) {
        const loop = wait.kind === 'wg-wait' ? loopsAround(wait.node, fn)[0] : undefined;
        if (!loop || !wait.place) continue;
        const { owner } = wait.place;
        const adds = fn.ops.filter((op) => op.kind === 'wg-add' && op.place?.owner === owner);
        const inside = (op: { node: { start: number; end: number } }): boolean =>
          op.node.start >= loop.start && op.node.end <= loop.end;
        const [add] = adds;
        if (!add || adds.some(inside) || add.call?.args[0]?.text === '1') continue;
        const go = fn.ops.find(
          (op) =>
            op.kind === 'go' &&
            inside(op) &&
            op.target !== undefined &&
            family(all.target(op.target)!).some(({ ops }) => ops.some((it) => (it.inner ?? it).kind === 'wg-done')),
        );
        if (!go) continue;
        yield {
          fn,
          message: phrase`${textOf(wait)}.Wait waits in the first round for goroutines that later rounds would start`,
          explanation: [
            phrase`Add counts all of them before the loop.`,
            phrase`In its first round the loop starts one and waits for all: for ever.`,
          ],
          sites: [
            site(wait, phrase`waits for goroutines that are not started`, 'wg-wait'),
            site(add, phrase`all are counted here`, 'wg-add'),
            site(go, phrase`one is started in each round`, 'go'),
          ],
          fixes: waitBehind(wait, loop),
        };
      }
    }
  },
};
