/** A goroutine waits for a group that it is counted in itself. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { type Op, placeKey } from '../flow/operations';
import { site, textOf } from './reporting';

export const waitForItself: Check = {
  name: 'wait-for-itself',
  title: 'Goroutine that waits for itself',
  summary: 'A goroutine calls Wait before its own Done of the same group.',
  explanation:
    'The group counts this goroutine until it calls `Done`, which it does only after `Wait`: it waits for itself.',
  cwe: 833,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Run(a, b func()) {\n\tvar wg sync.WaitGroup\n\twg.Add(2)\n\tgo func() { defer wg.Done(); a() }()\n\tgo func() {\n\t\tdefer wg.Done()\n\t\twg.Wait()\n\t\tb()\n\t}()\n\twg.Wait()\n}',
      right:
        'func Run(a, b func()) {\n\tvar wg sync.WaitGroup\n\twg.Add(1)\n\tgo func() { defer wg.Done(); a() }()\n\tgo func() {\n\t\twg.Wait()\n\t\tb()\n\t}()\n\twg.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      if (fn.use !== 'go') continue;
      const own = fn.ops.map((op): Op => (op.kind === 'defer' && op.inner ? op.inner : op));
      for (const wait of fn.ops) {
        if (wait.kind !== 'wg-wait' || !wait.place || wait.place.root.owner === fn) continue;
        const key = placeKey(wait.place);
        const done = own.find((op) => op.kind === 'wg-done' && op.place && placeKey(op.place) === key);
        const deferred = done?.node.parent?.type === 'defer_statement';
        if (!done || (!deferred && done.node.startIndex < wait.node.startIndex)) continue;
        if (own.some((op) => op.kind === 'wg-add' && op.place && placeKey(op.place) === key)) continue;
        yield {
          fn,
          message: phrase`This goroutine waits for ${textOf(wait)} before its own Done`,
          explanation: [phrase`${textOf(wait)} counts this goroutine until it calls Done, which comes after the Wait.`],
          sites: [site(wait, phrase`waits for itself`, 'wg-wait'), site(done, phrase`its own Done`, 'wg-add')],
        };
      }
    }
  },
};
