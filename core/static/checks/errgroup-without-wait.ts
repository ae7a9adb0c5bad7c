/** Goroutines of an errgroup that nobody waits for, or whose context is not the one they are given. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { type FlowFunction, family, type Op, type Variable } from '../flow/operations';
import { nameOf } from '../source/types';
import { site, siteAt } from './reporting';

const GROUP = 'golang.org/x/sync/errgroup.Group';

export const errgroupWithoutWait: Check = {
  name: 'errgroup-without-wait',
  title: 'errgroup without Wait',
  summary: 'Goroutines are started in an errgroup, and the function returns without Wait: their errors are lost.',
  explanation:
    'Only `Wait` says that the goroutines have ended and what went wrong. Without it they may still run when the function has returned, and the context of the group is never cancelled.',
  cwe: 772,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func All(jobs []func() error) error {\n\tvar g errgroup.Group\n\tfor _, job := range jobs {\n\t\tg.Go(job)\n\t}\n\treturn nil\n}',
      right:
        'func All(jobs []func() error) error {\n\tvar g errgroup.Group\n\tfor _, job := range jobs {\n\t\tg.Go(job)\n\t}\n\treturn g.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const variable of fn.locals) {
        if (nameOf(variable.type) !== GROUP) continue;
        const ops = family(fn).flatMap((one) => one.ops.flatMap((op) => (op.inner ? [op, op.inner] : [op])));
        const own = ops.filter(({ place }) => place?.root === variable && place.path.length === 0);
        const go = own.find(({ kind }) => kind === 'go');
        if (!go || own.some(({ kind }) => kind === 'wg-wait') || isShared(fn, ops, variable)) continue;
        yield {
          fn,
          message: phrase`Nobody waits for the goroutines of ${variable.name}: their errors are lost`,
          explanation: [phrase`${variable.name} stays in ${fn.name}, which never calls its Wait.`],
          sites: [site(go, phrase`started here`, 'go'), siteAt(fn, variable.node, phrase`the group`, 'variable')],
        };
      }
    }
  },
};

/** Somebody else has it and may wait. */
const isShared = (fn: FlowFunction, ops: readonly Op[], variable: Variable): boolean =>
  variable.alias !== undefined ||
  ops.some(
    ({ accesses, call }) =>
      accesses?.some(
        ({ place, node }) => place.root === variable && place.path.length === 0 && node !== variable.node,
      ) || call?.argPlaces.some((place) => place?.root === variable),
  ) ||
  fn.ops.some(({ kind, node }) => kind === 'return' && new RegExp(`\\b${variable.name}\\b`, 'u').test(node.text));
