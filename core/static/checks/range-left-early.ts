/** A `for range ch` that is left before the channel is closed, while somebody sends on it who cannot do otherwise. */
import { phrase } from '../../../protocol/phrase';
import type { Check, Report } from '../check';
import { type ChannelUses, channelUses, hasAlternative } from '../flow/channels';
import { loopsAround } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { lineAt, lineOf, site, siteAt, textOf } from './reporting';

export const rangeLeftEarly: Check = {
  name: 'range-left-early',
  title: 'Range over a channel that is left early',
  summary: 'The only receiver leaves its range over a channel while a goroutine still sends in a loop.',
  explanation:
    'Once the buffer is full the sender waits for a receiver that has gone: it and all it holds stay for ever. Let the sender select on a done channel or context too, or receive what is left (`for range ch {}`).',
  cwe: 772,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func first(names []string) string {\n\tfound := make(chan string)\n\tgo produce(names, found)\n\tfor name := range found {\n\t\tif good(name) {\n\t\t\treturn name\n\t\t}\n\t}\n\treturn ""\n}\n\nfunc produce(names []string, to chan string) {\n\tdefer close(to)\n\tfor _, name := range names {\n\t\tto <- name\n\t}\n}',
      right:
        'func first(names []string) string {\n\tfound := make(chan string)\n\tdone := make(chan bool)\n\tdefer close(done)\n\tgo produce(names, found, done)\n\tfor name := range found {\n\t\tif good(name) {\n\t\t\treturn name\n\t\t}\n\t}\n\treturn ""\n}\n\nfunc produce(names []string, to chan string, done chan bool) {\n\tdefer close(to)\n\tfor _, name := range names {\n\t\tselect {\n\t\tcase to <- name:\n\t\tcase <-done:\n\t\t\treturn\n\t\t}\n\t}\n}',
    },
  ],
  *run(all) {
    for (const uses of new Set(channelUses(all).values())) {
      if (uses.escapes || uses.lent || uses.foreign || uses.makes.length === 0) continue;
      const found = judge(uses);
      if (found) yield found;
    }
  },
};

function judge({ sends, receives, makes }: ChannelUses): Report | undefined {
  const [range, ...others] = receives;
  if (!range?.range || others.length > 0) return undefined;
  const loop = range.node.parent;
  const leave = loop && leaves(loop);
  const send = sends.find(
    (one) =>
      !hasAlternative(one) && one.fn !== range.fn && loopsAround(one.node, one.fn).some((it) => !fits(it, makes)),
  );
  if (!leave || !send) return undefined;
  return {
    fn: send.fn,
    message: phrase`This send on ${textOf(send)} may wait for ever: ${range.fn.name} leaves its range in line ${lineAt(range.fn.file, leave)}`,
    explanation: [
      phrase`${range.fn.name} is the only one who receives, in line ${lineOf(range)}, and does not always go on until the channel is closed.`,
      phrase`${send.fn.name} sends in a loop and has no other way out.`,
    ],
    sites: [
      site(send, phrase`may wait for ever`, 'send'),
      siteAt(range.fn, leave, phrase`stops receiving`, 'return'),
      site(range, phrase`the only receiver`, 'receive'),
    ],
  };
}

/** `for i := 0; i < n; i++` with a buffer of n. */
const fits = (loop: Syntax, makes: ChannelUses['makes']): boolean =>
  makes.some(({ size }) => {
    const head = loop.namedChild(0)?.text ?? '';
    return size !== undefined && (head.endsWith(` ${size}`) || head.includes(`< ${size};`));
  });

/** A statement that leaves the loop, not counting those that end the program or the test. */
function leaves(loop: Syntax): Syntax | undefined {
  const visit = (node: Syntax, breaks: boolean): Syntax | undefined => {
    if (node.type === 'func_literal') return undefined;
    if (node.type === 'return_statement' || node.type === 'goto_statement') return node;
    if (node.type === 'break_statement' && (breaks || node.namedChildren.length > 0)) return node;
    const inner = breaks && !/^(?:for|select|expression_switch|type_switch)_statement$/u.test(node.type);
    for (const child of node.namedChildren) {
      const found = visit(child, inner);
      if (found) return found;
    }
    return undefined;
  };
  const body = loop.childForFieldName('body');
  return body ? visit(body, true) : undefined;
}
