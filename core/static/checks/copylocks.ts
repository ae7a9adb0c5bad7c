/** A lock that is copied: the copy guards nothing. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { replace } from '../fixes/edits';
import type { Package } from '../source/package';
import type { Type } from '../source/types';
import { siteAt } from './reporting';

export const copylocks: Check = {
  name: 'copylocks',
  title: 'Copied lock',
  summary: 'A receiver, parameter or variable is a copy of a struct that has a lock in it.',
  explanation:
    'The copy has a lock of its own (in the state of the moment), which excludes nobody who uses the original (go vet: copylocks). Use a pointer.',
  cwe: 667,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Counter struct { mu sync.Mutex; n int }\n\nfunc (c Counter) Add() {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tc.n++\n}',
      right:
        'type Counter struct { mu sync.Mutex; n int }\n\nfunc (c *Counter) Add() {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tc.n++\n}',
    },
    {
      wrong: 'func work(wg sync.WaitGroup) {\n\tdefer wg.Done()\n}',
      right: 'func work(wg *sync.WaitGroup) {\n\tdefer wg.Done()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      const receiver = fn.node.childForFieldName('receiver')?.namedChild(0);
      const parameters = fn.node.childForFieldName('parameters')?.namedChildren ?? [];
      for (const parameter of [...(receiver ? [receiver] : []), ...parameters]) {
        const type = parameter.childForFieldName('type');
        const variable = [fn.receiver, ...fn.parameters].find(
          (one) => one && (parameter === receiver ? one.parameter === -1 : one.node.parent === parameter),
        );
        const lock =
          variable && parameter.type !== 'variadic_parameter_declaration' ? lockIn(all.pkg, variable.type) : undefined;
        if (!lock || !type || !variable) continue;
        yield {
          fn,
          message: phrase`${parameter === receiver ? phrase`The receiver` : variable.name} is a copy with its own ${lock}`,
          explanation: [
            phrase`${fn.name} gets a copy of the value, and with it a copy of ${lock}.`,
            phrase`Locking the copy keeps nobody away from the original.`,
          ],
          sites: [siteAt(fn, parameter, phrase`copies ${lock}`, 'copy')],
          fixes:
            parameter === receiver || fn.parent === undefined
              ? [{ title: phrase`Take a pointer`, edits: [replace(fn.file, type, `*${type.text}`)] }]
              : [],
        };
      }
    }
  },
};

/** The type of sync that a value of this type holds, in words. */
function lockIn(pkg: Package, type: Type | undefined, depth = 0): string | undefined {
  if (!type || depth > 5) return undefined;
  if (type.kind === 'named' && /^sync\.(?:Mutex|RWMutex|WaitGroup|Once|Cond|Map|Pool)$/u.test(type.name))
    return type.name;
  if (type.kind === 'named' && !pkg.types.has(type.name)) return undefined;
  const struct = pkg.underlying(type);
  if (struct?.kind === 'named') return struct === type ? undefined : lockIn(pkg, struct, depth + 1);
  if (struct?.kind !== 'struct') return undefined;
  for (const { type: of } of struct.fields.values()) {
    const found = of?.kind === 'list' ? undefined : lockIn(pkg, of, depth + 1);
    if (found) return found;
  }
  return undefined;
}
