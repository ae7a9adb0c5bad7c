/** A channel that one side uses and the other never does. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Check, Report } from '../check';
import { closeBySender } from '../fixes/channels';
import { type ChannelUses, channelUses, hasAlternative } from '../flow/channels';
import { type FlowFunction, type Op, outermost } from '../flow/operations';
import { lineAt, site, textOf } from './reporting';

export const unservedChannel: Check = {
  name: 'unserved-channel',
  title: 'Channel without the other side',
  summary:
    'Nobody sends on or closes a channel that is received from, nobody receives from one that is sent on, or nobody closes one that is ranged over.',
  explanation:
    'The channel does not leave this package, and its other half is nowhere: whoever gets to this operation waits for ever. A `range` ends only when the channel is closed.',
  cwe: 772,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Pool struct { jobs chan func() }\n\nfunc NewPool() *Pool {\n\tp := &Pool{jobs: make(chan func())}\n\tgo p.work()\n\treturn p\n}\n\nfunc (p *Pool) work() {\n\tfor job := range p.jobs {\n\t\tjob()\n\t}\n}\n\nfunc (p *Pool) Run(job func()) { p.jobs <- job }',
      right:
        'type Pool struct { jobs chan func() }\n\nfunc NewPool() *Pool {\n\tp := &Pool{jobs: make(chan func())}\n\tgo p.work()\n\treturn p\n}\n\nfunc (p *Pool) work() {\n\tfor job := range p.jobs {\n\t\tjob()\n\t}\n}\n\nfunc (p *Pool) Run(job func()) { p.jobs <- job }\n\nfunc (p *Pool) Close() { close(p.jobs) }',
    },
    {
      wrong: 'func Serve() {\n\tready := make(chan bool)\n\tlisten()\n\t<-ready\n}',
      right:
        'func Serve() {\n\tready := make(chan bool)\n\tgo func() {\n\t\tlisten()\n\t\tclose(ready)\n\t}()\n\t<-ready\n}',
    },
  ],
  *run(all) {
    for (const uses of new Set(channelUses(all).values())) {
      if (uses.escapes || uses.foreign || uses.makes.length === 0) continue;
      const found = judge(uses);
      if (found) yield found;
    }
  },
};

function judge(uses: ChannelUses): Report | undefined {
  const { sends, receives, closes } = uses;
  if (sends.length === 0 && closes.length === 0) {
    const op = receives.find((one) => !hasAlternative(one) && !isCallback(one));
    return op && report(uses, op, phrase`receives from`, phrase`nobody sends on it or closes it`);
  }
  if (uses.lent) return undefined;
  if (receives.length === 0 && !hasRoom(uses)) {
    const op = sends.find((one) => !hasAlternative(one) && !isCallback(one));
    return op && report(uses, op, phrase`sends on`, phrase`nobody receives from it`);
  }
  if (closes.length === 0) {
    // A loop that is left in another way needs no close.
    const op = receives.find(
      (one) =>
        one.range &&
        !/\b(?:break|return|goto|panic|Fatal\w*|Exit)\b/u.test(one.node.parent?.childForFieldName('body')?.text ?? ''),
    );
    if (op && (op.fn.use === 'go' || op.fn.name !== 'main'))
      return report(uses, op, phrase`ranges over`, phrase`nobody closes it`);
  }
  return undefined;
}

/** A buffer may be enough for all that is sent: of a number, or of so many as the function that makes it sends itself. */
const hasRoom = ({ makes, sends }: ChannelUses): boolean =>
  makes.some(
    ({ size, fn }) =>
      size !== undefined &&
      (/^[1-9]/u.test(size) ||
        (fn !== undefined && size !== '0' && sends.every((send) => outermost(send.fn) === outermost(fn)))),
  );

/** It may be there for somebody who never calls it. */
function isCallback({ fn }: Op): boolean {
  for (let at: FlowFunction | undefined = fn; at; at = at.parent) if (at.use === 'value') return true;
  return false;
}

function report(
  { makes, name, sends, closes }: ChannelUses,
  op: Report['fn']['ops'][number],
  does: Phrase,
  why: Phrase,
): Report {
  const what = op.place ? textOf(op) : name;
  const [made] = makes;
  const whole = made?.fn
    ? phrase`${what} (made in line ${lineAt(made.fn.file, made.node)}) is used in this package only.`
    : phrase`${what} is used in this package only.`;
  return {
    fn: op.fn,
    message: phrase`${op.fn.name === '' ? phrase`This` : op.fn.name} ${does} ${what}, but ${why}: it waits for ever`,
    explanation: [whole, phrase`In all of it ${why}.`],
    sites: [
      site(op, phrase`waits for ever`, op.kind),
      ...(made?.fn
        ? [{ node: made.node, file: made.fn.file, role: phrase`the channel is made here`, operation: 'make' }]
        : []),
    ],
    fixes: op.range && closes.length === 0 && sends.length > 0 ? closeBySender(op, sends) : [],
  };
}
