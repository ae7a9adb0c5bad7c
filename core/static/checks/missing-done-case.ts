/** A goroutine that sends for ever to whoever called, and cannot hear that nobody listens any more. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check } from '../check';
import { selectSend } from '../fixes/channels';
import { statementOf } from '../fixes/edits';
import { hasAlternative } from '../flow/channels';
import { type FlowFunction, loopsAround, type Op } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { site, siteAt, textOf } from './reporting';

export const missingDoneCase: Check = {
  name: 'missing-done-case',
  title: 'Send in a loop without a way out',
  summary: 'A goroutine sends to a channel that the function returns, without looking at the context it has.',
  explanation:
    'When the caller stops receiving, the goroutine waits at its send for ever, although the context is done. Select on the send and on `ctx.Done()`.',
  cwe: 772,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Count(ctx context.Context) <-chan int {\n\tout := make(chan int)\n\tgo func() {\n\t\tdefer close(out)\n\t\tfor i := 0; ctx.Err() == nil; i++ {\n\t\t\tout <- i\n\t\t}\n\t}()\n\treturn out\n}',
      right:
        'func Count(ctx context.Context) <-chan int {\n\tout := make(chan int)\n\tgo func() {\n\t\tdefer close(out)\n\t\tfor i := 0; ctx.Err() == nil; i++ {\n\t\t\tselect {\n\t\t\tcase out <- i:\n\t\t\tcase <-ctx.Done():\n\t\t\t\treturn\n\t\t\t}\n\t\t}\n\t}()\n\treturn out\n}',
    },
  ],
  *run(all: Analysed) {
    for (const fn of all.functions()) {
      const context = fn.parameters.find(({ type }) => nameOf(type) === 'context.Context');
      if (!context || context.name === '_') continue;
      for (const go of fn.ops) {
        const literal = go.kind === 'go' ? all.target(go.target) : undefined;
        if (!literal?.parent) continue;
        const send = literal.ops.find(
          (op) =>
            op.kind === 'send' &&
            !hasAlternative(op) &&
            loopsAround(op.node, literal).length > 0 &&
            isReturned(op, fn) &&
            !answers(op, literal, fn),
        );
        if (!send) continue;
        const statement = statementOf(send.node);
        const name = context.name;
        yield {
          fn: literal,
          message: phrase`This send on ${textOf(send)} does not end with ${name}: when nobody receives any more the goroutine waits for ever`,
          explanation: [
            phrase`${fn.name} returns ${textOf(send)}, and its caller may stop receiving.`,
            phrase`${name} tells the goroutine so, but it does not listen while it sends.`,
          ],
          sites: [
            site(send, phrase`cannot be cancelled`, 'send'),
            site(go, phrase`the goroutine is started here`, 'go'),
            siteAt(fn, context.node, phrase`the context it could listen to`, 'context'),
          ],
          fixes: [
            {
              title: phrase`Select on the send and on ${name}.Done()`,
              edits: [selectSend(fn.file, statement, `${name}.Done()`)],
            },
          ],
        };
      }
    }
  },
};

/** The channel is made here without room, and handed to the caller. */
function isReturned({ place }: Op, fn: FlowFunction): boolean {
  const root = place?.path.length === 0 ? place.root : undefined;
  if (!root || root.owner !== fn || !/^make\(chan\s[^,]*\)$/u.test(root.value?.text ?? '')) return false;
  return fn.ops.some(({ kind, node }) => kind === 'return' && gives(node, root.name));
}

/** As a result or an argument; who gets an object that has it gets other ways to end it as well. */
const gives = (node: Syntax, name: string): boolean =>
  (node.type === 'identifier' && node.text === name) ||
  (!/^(?:composite_literal|func_literal)$/u.test(node.type) && node.namedChildren.some((child) => gives(child, name)));

/** Whoever gets the answers sends a request for each: `for request := range requests { answers <- … }`. */
const answers = ({ node }: Op, literal: FlowFunction, fn: FlowFunction): boolean =>
  loopsAround(node, literal).some((loop) =>
    literal.ops.some(
      ({ kind, range, node: head, place }) =>
        kind === 'receive' &&
        range === true &&
        head.parent === loop &&
        place?.path.length === 0 &&
        place.root.owner === fn &&
        place.root.parameter === undefined &&
        /^make\(/u.test(place.root.value?.text ?? ''),
    ),
  );
