/** The function of a sync.Once calls Do of the same Once. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check } from '../check';
import { translate } from '../flow/locks';
import { type FlowFunction, type Op, type Place, placeKey } from '../flow/operations';
import { lineOf, site, textOf } from './reporting';

export const onceReentry: Check = {
  name: 'once-reentry',
  title: 'Once that is entered again by its own function',
  summary: 'The function that a sync.Once runs calls Do of the same Once, itself or through others.',
  explanation:
    '`Do` returns only when the one call of the function has returned; called from inside it waits for itself.',
  cwe: 833,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Config struct { once sync.Once; v string }\n\nfunc (c *Config) Get() string {\n\tc.once.Do(func() { c.v = c.load() })\n\treturn c.v\n}\n\nfunc (c *Config) load() string { return "x" + c.Get() }',
      right:
        'type Config struct { once sync.Once; v string }\n\nfunc (c *Config) Get() string {\n\tc.once.Do(func() { c.v = c.load() })\n\treturn c.v\n}\n\nfunc (c *Config) load() string { return "x" }',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const target = op.kind === 'once' ? all.target(op.target) : undefined;
        if (!target || !op.place) continue;
        const again = enters(all, target, placeKey(op.place), (place) => place, 0);
        if (!again) continue;
        yield {
          fn,
          message: phrase`The function that ${textOf(op)} runs calls ${textOf(op)}.Do again in line ${lineOf(again)}: it waits for itself`,
          explanation: [
            phrase`${textOf(op)}.Do runs the function and waits for its end.`,
            phrase`On its way it comes to line ${lineOf(again)}, which waits for the same end.`,
          ],
          sites: [site(op, phrase`waits for the function`, 'once'), site(again, phrase`enters it again`, 'once')],
        };
      }
    }
  },
};

/** The Do of that Once that `fn` comes to; `words` puts its places into those of the first. */
function enters(
  all: Analysed,
  fn: FlowFunction,
  key: string,
  words: (place: Place) => Place | undefined,
  depth: number,
): Op | undefined {
  if (depth > 5) return undefined;
  for (const op of fn.ops) {
    const place = op.kind === 'once' && op.place ? words(op.place) : undefined;
    if (place && placeKey(place) === key) return op;
    if (op.kind !== 'call' && op.kind !== 'once') continue;
    const target = all.target(op.call?.literal ?? op.call?.target ?? op.target);
    if (!target || target === fn) continue;
    const inner = target.parent
      ? words
      : (it: Place) => {
          const own = op.call ? translate(it, op.call) : undefined;
          return own && words(own);
        };
    const found = enters(all, target, key, inner, depth + 1);
    if (found) return found;
  }
  return undefined;
}
