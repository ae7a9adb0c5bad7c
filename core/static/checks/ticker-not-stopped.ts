/** `time.Tick` or a ticker that nothing stops, in a function that ends. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { lineAfter, statementOf } from '../fixes/edits';
import { type FlowFunction, family, loopsAround, type Op } from '../flow/operations';
import { opsBehind } from '../flow/reach';
import { mentions } from '../flow/walk';
import { isBefore } from './loopclosure';
import { site, siteAt } from './reporting';

export const tickerNotStopped: Check = {
  name: 'ticker-not-stopped',
  title: 'Ticker that is not stopped',
  summary: 'A ticker is made and never stopped: until Go 1.23 it ticks for ever, in a loop each round makes another.',
  explanation:
    'A ticker holds a timer of the runtime until `Stop` is called. Since Go 1.23 the garbage collector frees tickers that nobody can reach; in older modules they stay, and `time.Tick` gives none that can be stopped.',
  cwe: 772,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func poll(done chan bool) {\n\tticker := time.NewTicker(time.Second)\n\tfor {\n\t\tselect {\n\t\tcase <-ticker.C:\n\t\t\tlook()\n\t\tcase <-done:\n\t\t\treturn\n\t\t}\n\t}\n}',
      right:
        'func poll(done chan bool) {\n\tticker := time.NewTicker(time.Second)\n\tdefer ticker.Stop()\n\tfor {\n\t\tselect {\n\t\tcase <-ticker.C:\n\t\t\tlook()\n\t\tcase <-done:\n\t\t\treturn\n\t\t}\n\t}\n}',
    },
  ],
  *run(all) {
    if (all.pkg.goVersion !== undefined && !isBefore(all.pkg.goVersion, 23)) return;
    for (const fn of all.functions()) {
      if (/_test\.go$/u.test(fn.file.path) || fn.name === 'main') continue;
      for (const op of fn.ops) {
        if (op.kind !== 'call' || !/^time\.(?:NewTicker|Tick)$/u.test(op.call?.name ?? '')) continue;
        const ends = [...opsBehind(op, () => false)].some(({ kind }) => kind === 'return');
        const variable = fn.locals.find(({ value }) => value === op.node);
        const lost = op.call!.name === 'time.Tick' ? ends || isRepeated(op, fn) : variable && ends;
        if (!lost || (variable && op.call!.name === 'time.NewTicker' && isKept(fn, op, variable.name))) continue;
        const name = variable?.name;
        yield {
          fn,
          message:
            op.call!.name === 'time.Tick'
              ? phrase`Nothing stops the ticker of time.Tick, though ${fn.name} returns`
              : phrase`Nothing stops the ticker ${name ?? ''}, though ${fn.name} returns`,
          explanation: [phrase`Until Go 1.23 a ticker that is not stopped is never freed.`],
          sites: [
            site(op, phrase`ticks for ever`, 'timer'),
            siteAt(fn, fn.node, phrase`the function that returns`, 'function'),
          ],
          fixes:
            name !== undefined && op.call!.name === 'time.NewTicker'
              ? [
                  {
                    title: phrase`Defer ${name}.Stop`,
                    edits: [lineAfter(fn.file, statementOf(op.node), `defer ${name}.Stop()`)],
                  },
                ]
              : [],
        };
      }
    }
  },
};

/** Each round of a loop makes one; what is ranged over is made once. */
const isRepeated = ({ node }: Op, fn: FlowFunction): boolean =>
  loopsAround(node, fn).some((loop) => node.start >= (loop.childForFieldName('body')?.start ?? loop.start));

/** It is stopped, returned, stored or handed to somebody else. */
function isKept(fn: FlowFunction, made: Op, name: string): boolean {
  const uses = family(fn).flatMap(({ ops }) => ops.flatMap((op) => (op.inner ? [op, op.inner] : [op])));
  return uses.some((op) => {
    if (op === made || !mentions(op.node.text, name)) return false;
    if (op.call?.method === 'Stop' && op.call.receiverNode?.text === name) return true;
    if (op.kind === 'return') return new RegExp(`\\b${name}\\b(?!\\.C)`, 'u').test(op.node.text);
    if (op.call?.args.some((arg) => arg.text.replace(/^&/u, '') === name)) return true;
    return (op.accesses ?? []).some(
      ({ place, write, node }) =>
        !write && place.path.length === 0 && place.root.name === name && node.parent?.type !== 'selector_expression',
    );
  });
}
