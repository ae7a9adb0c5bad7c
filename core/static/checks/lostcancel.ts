/** A context that nobody cancels. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { insertAt, lineAfter, statementOf } from '../fixes/edits';
import type { FlowFunction } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { siteAt } from './reporting';

export const lostcancel: Check = {
  name: 'lostcancel',
  title: 'Lost cancel function',
  summary: 'The cancel function of a context is dropped or never used.',
  explanation:
    'Until its parent ends, the context and what waits for it stay (go vet: lostcancel). Defer the cancel function.',
  cwe: 772,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Fetch(ctx context.Context) error {\n\tctx, _ = context.WithTimeout(ctx, time.Second)\n\treturn get(ctx)\n}',
      right:
        'func Fetch(ctx context.Context) error {\n\tctx, cancel := context.WithTimeout(ctx, time.Second)\n\tdefer cancel()\n\treturn get(ctx)\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const name =
          op.kind === 'call'
            ? /^context\.(With(?:Cancel|Timeout|Deadline)(?:Cause)?)$/u.exec(op.call?.name ?? '')?.[1]
            : undefined;
        if (name === undefined) continue;
        const list = op.node.parent;
        const assignment = list?.type === 'expression_list' ? list.parent : undefined;
        const left = assignment?.childForFieldName('left')?.namedChildren;
        if (left?.length !== 2) continue;
        const second = left[1]!;
        if (second.text !== '_') {
          const variable = fn.locals.find(({ node }) => node === second);
          // The compiler wants it used; that `_ = cancel` is no use is what it does not know.
          if (!variable || !new RegExp(`(?<![\\w.])_\\s*=\\s*${second.text}\\b`, 'u').test(fn.body.text)) continue;
          if (fn.body.text.split(new RegExp(`\\b${second.text}\\b`, 'u')).length > 3) continue;
        }
        const statement = statementOf(op.node);
        const short = assignment?.type === 'short_var_declaration';
        yield {
          fn,
          message: phrase`The cancel function of ${name} is lost: the context stays until its parent ends`,
          explanation: [phrase`Calling the cancel function is what releases the context and ends what waits for it.`],
          sites: [
            siteAt(fn, second, phrase`the cancel function is dropped`, 'context'),
            siteAt(fn, op.node, phrase`the context is made here`, 'context'),
          ],
          fixes:
            second.text === '_' && (short || isOwn(fn, left[0]!.text, statement))
              ? [
                  {
                    title: phrase`Defer the cancel function`,
                    edits: [
                      { file: fn.file, start: second.startIndex, end: second.endIndex, text: 'cancel' },
                      // The context is assigned all the same: it is declared in this block.
                      ...(short ? [] : [insertAt(fn.file, list!.startIndex - '= '.length, ':')]),
                      lineAfter(fn.file, statement, 'defer cancel()'),
                    ],
                  },
                ]
              : [],
        };
      }
    }
  },
};

/** Declared in the block of the statement: `:=` assigns it and declares only what is new. */
const isOwn = (fn: FlowFunction, name: string, statement: Syntax): boolean =>
  statement.parent?.parent === fn.body && fn.parameters.some((one) => one.name === name);
