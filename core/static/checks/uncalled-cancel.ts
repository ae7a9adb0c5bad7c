/** A cancel function is kept in a field that nobody ever uses. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import type { Op } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { site, siteAt } from './reporting';

export const uncalledCancel: Check = {
  name: 'uncalled-cancel',
  title: 'Cancel function that nobody calls',
  summary: 'The cancel function of a context is kept in a field, and nothing in the package uses the field.',
  explanation:
    'Until its parent ends, the context and every goroutine that waits for it stay. Call the function where the object is closed.',
  cwe: 772,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type rows struct { cancel context.CancelFunc }\n\nfunc (r *rows) start(ctx context.Context) {\n\tctx, r.cancel = context.WithCancel(ctx)\n\tgo watch(ctx)\n}\n\nfunc (r *rows) close() {}',
      right:
        'type rows struct { cancel context.CancelFunc }\n\nfunc (r *rows) start(ctx context.Context) {\n\tctx, r.cancel = context.WithCancel(ctx)\n\tgo watch(ctx)\n}\n\nfunc (r *rows) close() { r.cancel() }',
    },
  ],
  *run(all) {
    const kept = new Map<string, { op: Op; node: Syntax }>();
    const used = new Set<string>();
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const call = op.inner?.call ?? op.call;
        if (call?.receiverNode) {
          const field = all.pkg.field(call.receiverType, call.method);
          if (field) used.add(`${field.owner}.${call.method}`);
        }
        const made = /\bcontext\.With(?:Cancel|Timeout|Deadline)/u.test(op.node.text);
        for (const { place, write, node } of op.accesses ?? []) {
          if (!write) used.add(place.owner);
          else if (made && op.node.type === 'assignment_statement' && isSecond(node))
            kept.set(place.owner, { op, node });
        }
      }
    }
    for (const [owner, { op, node }] of kept) {
      const [type, field] = owner.split('.');
      if (used.has(owner) || !field || !/^[\p{Ll}_]/u.test(field) || !all.pkg.types.has(type!)) continue;
      const waits = all
        .functions()
        .flatMap(({ ops }) => ops)
        .find(({ kind, node: at }) => kind === 'receive' && /\.Done\(\)/u.test(at.text));
      yield {
        fn: op.fn,
        message: phrase`Nobody ever calls ${owner}: the context and what waits for it stay until its parent ends`,
        explanation: [phrase`The cancel function is kept in ${owner}, which is used nowhere else in the package.`],
        sites: [
          siteAt(op.fn, node, phrase`the cancel function is kept here`, 'context'),
          ...(waits ? [site(waits, phrase`waits until the context ends`, 'receive')] : []),
        ],
      };
    }
  },
};

const isSecond = (node: Syntax): boolean =>
  node.parent?.type === 'expression_list' &&
  node.parent.namedChildren.length === 2 &&
  node.parent.namedChildren[1] === node;
