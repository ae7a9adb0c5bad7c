/** The context of an errgroup is handed on behind the Wait, which has ended it. */
import { phrase } from '../../../protocol/phrase';
import type { Check, ReportEdit, ReportFix } from '../check';
import { replace } from '../fixes/edits';
import { type GroupContext, groupContexts, groupOf, sameGroup } from '../flow/errgroups';
import type { Call, Op } from '../flow/operations';
import { opsBehind } from '../flow/reach';
import { lineOf, site, siteAt } from './reporting';

export const errgroupContext: Check = {
  name: 'errgroup-context',
  title: 'Context of an errgroup behind its Wait',
  summary: 'The context of errgroup.WithContext is used behind Wait, where it is always cancelled.',
  explanation:
    'The context that `errgroup.WithContext` gives ends with the first error, and at the latest when `Wait` returns. Whatever is called with it afterwards fails at once. Give it a name of its own, so that the outer context stays in reach.',
  cwe: 672,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Sync(ctx context.Context) error {\n\tg, ctx := errgroup.WithContext(ctx)\n\tg.Go(func() error { return fetch(ctx) })\n\tif err := g.Wait(); err != nil {\n\t\treturn err\n\t}\n\treturn save(ctx)\n}',
      right:
        'func Sync(ctx context.Context) error {\n\tg, groupCtx := errgroup.WithContext(ctx)\n\tg.Go(func() error { return fetch(groupCtx) })\n\tif err := g.Wait(); err != nil {\n\t\treturn err\n\t}\n\treturn save(ctx)\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const made of groupContexts(fn)) {
        const { context, group } = made;
        const told = new Set<Op>();
        for (const wait of fn.ops) {
          if (wait.kind !== 'wg-wait' || !group || !groupOf(wait) || !sameGroup(wait.place, group)) continue;
          const renewed = (op: Op): boolean =>
            op.accesses?.some(({ place, write }) => write && place.root === context && place.path.length === 0) ??
            false;
          for (const use of opsBehind(wait, renewed)) {
            if (told.has(use) || !use.call || !takes(use.call, made) || isIndifferent(use.call)) continue;
            // The group is made anew with the context of the last.
            if (use === made.call) continue;
            told.add(use);
            yield {
              fn,
              message: phrase`${context.name} has ended when Wait returned: ${use.call.method || 'what is called here'} gets a cancelled context`,
              explanation: [
                phrase`${context.name} belongs to the errgroup of line ${lineOf(made.call)}.`,
                phrase`The Wait in line ${lineOf(wait)} cancels it, with or without an error.`,
              ],
              sites: [
                site(use, phrase`gets a cancelled context`, 'context'),
                site(wait, phrase`the context ends here`, 'wg-wait'),
                siteAt(fn, made.name, phrase`the context of the group`, 'context'),
              ],
              fixes: ownName(made, wait),
            };
          }
        }
      }
    }
  },
};

const takes = ({ argPlaces }: Call, { context }: GroupContext): boolean =>
  argPlaces.some((place) => place?.root === context && place.path.length === 0);

/** What it is called for does not end with the context: values, causes, logs, spans and measurements. */
const isIndifferent = ({ name, method, receiverNode }: Call): boolean =>
  /^context\.(?:Cause|WithoutCancel|AfterFunc)$/u.test(name) ||
  /^(?:Log|Debug|Info|Warn|Error|Print|Trace|Record|Observe|Add|Inc|Span)|Context$|FromC(?:on)?te?xt|Value/iu.test(
    method,
  ) ||
  /\b(?:log|logger|slog|klog|span|trace|tracer|metrics?)\b/iu.test(receiverNode?.text ?? '');

/** `g, groupCtx := …`, and so in all uses between there and the Wait: behind it the outer one is meant. */
function ownName({ fn, call, context, name, declaration }: GroupContext, wait: Op): ReportFix[] {
  const old = context.name;
  const fresh = `group${old[0]!.toUpperCase()}${old.slice(1)}`;
  const [parent] = call.call?.args ?? [];
  if (declaration.type !== 'short_var_declaration' || parent?.text !== old || fn.body.text.includes(fresh)) return [];
  // Where only the context is new, `:=` declares it; where the group is, too.
  const uses = fn.body
    .descendantsOfType('identifier')
    .filter(({ text, start }) => text === old && start > declaration.end && start < wait.node.start);
  const declares = (node: (typeof uses)[number]): boolean =>
    node.parent?.field === 'left' || node.field === 'name' || node.parent?.parent?.type === 'keyed_element';
  if (
    uses.some(declares) ||
    fn.body.descendantsOfType('parameter_declaration').some(({ text }) => text.startsWith(`${old} `))
  )
    return [];
  const edits: ReportEdit[] = [name, ...uses].map((node) => replace(fn.file, node, fresh));
  return [{ title: phrase`Call the context of the group ${fresh}`, edits }];
}
