/** An errgroup is given work behind its Wait: nobody waits for it, or the context of the group has ended. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { startBefore } from '../fixes/groups';
import { groupContexts, groupOf, renews, sameGroup } from '../flow/errgroups';
import { type FlowFunction, family, type Op, type Place } from '../flow/operations';
import { opsBehind } from '../flow/reach';
import { lineOf, site, textOf } from './reporting';

export const errgroupReuse: Check = {
  name: 'errgroup-reuse',
  title: 'Errgroup used behind its Wait',
  summary: 'Go is called on an errgroup behind its Wait, and nobody waits again or the context of the group has ended.',
  explanation:
    'What is started behind `Wait` is waited for by nobody, and its error is lost. The context of `errgroup.WithContext` ends when `Wait` returns, so a second round starts with a cancelled context. Make a group for each round.',
  cwe: 666,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Load(first, last func() error) error {\n\tvar g errgroup.Group\n\tg.Go(first)\n\tif err := g.Wait(); err != nil {\n\t\treturn err\n\t}\n\tg.Go(last)\n\treturn nil\n}',
      right:
        'func Load(first, last func() error) error {\n\tvar g errgroup.Group\n\tg.Go(first)\n\tg.Go(last)\n\treturn g.Wait()\n}',
    },
    {
      wrong:
        'func Rounds(ctx context.Context, rounds []func(context.Context) error) error {\n\tg, ctx := errgroup.WithContext(ctx)\n\tfor _, round := range rounds {\n\t\tg.Go(func() error { return round(ctx) })\n\t\tif err := g.Wait(); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n}',
      right:
        'func Rounds(ctx context.Context, rounds []func(context.Context) error) error {\n\tfor _, round := range rounds {\n\t\tg, ctx := errgroup.WithContext(ctx)\n\t\tg.Go(func() error { return round(ctx) })\n\t\tif err := g.Wait(); err != nil {\n\t\t\treturn err\n\t\t}\n\t}\n\treturn nil\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      const waits = fn.ops.filter((op) => op.kind === 'wg-wait' && groupOf(op));
      if (waits.length === 0) continue;
      const contexts = groupContexts(fn);
      const told = new Set<Op>();
      for (const wait of waits) {
        const group = wait.place!;
        const ended = contexts.find((one) => sameGroup(one.group, group));
        for (const start of opsBehind(wait, renews(group))) {
          if (start.kind !== 'go' || !sameGroup(start.place, group) || told.has(start)) continue;
          if (!ended && !isLeft(fn, start, group)) continue;
          told.add(start);
          const what = textOf(start);
          yield {
            fn,
            message: ended
              ? phrase`${what} is used again behind its Wait, when ${ended.context.name} has ended: what is started here finds it cancelled`
              : phrase`Nobody waits for what is started here: it comes behind the Wait of ${what}`,
            explanation: [
              phrase`Line ${lineOf(wait)} waits for all that ${what} has started.`,
              ended
                ? phrase`${ended.context.name} is cancelled when that Wait returns.`
                : phrase`What is started in line ${lineOf(start)} comes later, and no other Wait follows.`,
            ],
            sites: [
              site(start, phrase`started behind the Wait`, 'go'),
              site(wait, phrase`has waited for the others`, 'wg-wait'),
            ],
            fixes: ended ? [] : startBefore(start, wait),
          };
        }
      }
    }
  },
};

/** No Wait follows, here or where somebody else has the group. */
function isLeft(fn: FlowFunction, start: Op, group: Place): boolean {
  const { root } = group;
  if (root.owner !== fn || root.parameter !== undefined || root.alias || group.path.length > 0) return false;
  const isWait = ({ kind, place }: Op): boolean => kind === 'wg-wait' && sameGroup(place, group);
  if (family(fn).some((one) => one !== fn && one.ops.some((op) => isWait(op.inner ?? op)))) return false;
  if (fn.ops.some(({ inner }) => inner && isWait(inner))) return false;
  if (fn.ops.some(({ call, accesses }) => has(group, call?.argPlaces) || isGiven(accesses, group))) return false;
  return ![...opsBehind(start, renews(group))].some(isWait);
}

const has = ({ root }: Place, places: readonly (Place | undefined)[] | undefined): boolean =>
  places?.some((place) => place?.root === root) ?? false;

/** Its value or address goes elsewhere. */
const isGiven = (accesses: Op['accesses'], { root }: Place): boolean =>
  accesses?.some(({ place, write, node }) => place.root === root && !write && node !== root.node) ?? false;
