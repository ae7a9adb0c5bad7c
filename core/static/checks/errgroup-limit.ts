/** The limit of an errgroup is set while its goroutines run, or lets nobody in. */
import { phrase } from '../../../protocol/phrase';
import type { Check, Report, ReportFix } from '../check';
import { isSimple, lineAfter, removeLine, replace, statementOf } from '../fixes/edits';
import { groupOf, renews, sameGroup } from '../flow/errgroups';
import type { Op, Place } from '../flow/operations';
import { opsBehind } from '../flow/reach';
import { lineOf, site } from './reporting';

export const errgroupLimit: Check = {
  name: 'errgroup-limit',
  title: 'Limit of an errgroup that runs',
  summary: 'SetLimit is called on an errgroup whose goroutines are running, or with zero.',
  explanation:
    '`SetLimit` panics while goroutines of the group are active. When it is the first limit it does not, but those that run already give back places that they never took: others, and then `Wait`, wait for ever. With a limit of zero every `Go` waits for ever. Set the limit before the first `Go`.',
  cwe: 362,
  severity: 'error',
  examples: [
    {
      wrong:
        'func Run(first func() error, rest []func() error) error {\n\tvar g errgroup.Group\n\tg.Go(first)\n\tg.SetLimit(4)\n\tfor _, one := range rest {\n\t\tg.Go(one)\n\t}\n\treturn g.Wait()\n}',
      right:
        'func Run(first func() error, rest []func() error) error {\n\tvar g errgroup.Group\n\tg.SetLimit(4)\n\tg.Go(first)\n\tfor _, one := range rest {\n\t\tg.Go(one)\n\t}\n\treturn g.Wait()\n}',
    },
    {
      wrong:
        'func Run(all []func() error) error {\n\tvar g errgroup.Group\n\tg.SetLimit(0)\n\tfor _, one := range all {\n\t\tg.Go(one)\n\t}\n\treturn g.Wait()\n}',
      right:
        'func Run(all []func() error) error {\n\tvar g errgroup.Group\n\tg.SetLimit(-1)\n\tfor _, one := range all {\n\t\tg.Go(one)\n\t}\n\treturn g.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const group = groupOf(op);
        if (!group) continue;
        const over = (later: Op): boolean =>
          renews(group)(later) || (later.kind === 'wg-wait' && sameGroup(later.place, group));
        const behind = (found: (later: Op) => boolean): Op | undefined => [...opsBehind(op, over)].find(found);
        if (op.kind === 'go') {
          const limit = behind((later) => later.kind === 'call' && sameGroup(groupOf(later), group));
          if (limit && isFirst(op, limit)) yield whileRunning(op, limit, group);
        } else if (op.kind === 'call' && op.call?.args[0]?.text === '0') {
          const start = behind(
            ({ kind, place, call }) => kind === 'go' && call?.method === 'Go' && sameGroup(place, group),
          );
          if (start) yield nobody(op, start, group);
        }
      }
    }
  },
};

/** Of several starts before a limit the first is told. */
const isFirst = (start: Op, limit: Op): boolean =>
  start.fn.ops.find(
    ({ kind, place, node }) => kind === 'go' && sameGroup(place, start.place!) && node.start <= start.node.start,
  ) === start && limit.fn === start.fn;

function whileRunning(start: Op, limit: Op, group: Place): Report {
  return {
    fn: start.fn,
    message: phrase`The limit of ${nameOf(group)} is set while goroutines of it may run: it panics, or Wait never returns`,
    explanation: [
      phrase`Line ${lineOf(start)} has started a goroutine, and nobody has waited for it.`,
      phrase`A goroutine that was started without a limit gives back a place that it did not take.`,
    ],
    sites: [site(limit, phrase`set too late`, 'call'), site(start, phrase`may still run`, 'go')],
    fixes: earlier(limit, group),
  };
}

function nobody(limit: Op, start: Op, group: Place): Report {
  const [zero] = limit.call!.args;
  const { file } = limit.fn;
  return {
    fn: limit.fn,
    message: phrase`A limit of zero lets no goroutine of ${nameOf(group)} start: Go waits for ever`,
    explanation: [phrase`Zero is a limit like others; only a negative number means none.`],
    sites: [site(limit, phrase`lets nobody in`, 'call'), site(start, phrase`waits for ever`, 'go')],
    fixes: [
      { title: phrase`Set no limit: -1`, edits: [replace(file, zero!, '-1')] },
      { title: phrase`One at a time: 1`, edits: [replace(file, zero!, '1')] },
    ],
  };
}

const nameOf = ({ node }: Place): string => node.text.replace(/^&/u, '');

/** Right behind the declaration of the group, where its number is known there. */
function earlier(limit: Op, { root, path }: Place): ReportFix[] {
  const statement = statementOf(limit.node);
  const [number] = limit.call!.args;
  const { fn } = limit;
  if (!number || path.length > 0 || root.owner !== fn || root.parameter !== undefined || !isSimple(statement))
    return [];
  const names = number.descendantsOfType('identifier').map(({ text }) => text);
  if (fn.locals.some(({ name }) => names.includes(name))) return [];
  const declaration = statementOf(root.node);
  if (declaration.parent?.type !== 'statement_list') return [];
  return [
    {
      title: phrase`Set the limit first`,
      edits: [removeLine(fn.file, statement), lineAfter(fn.file, declaration, statement.text)],
    },
  ];
}
