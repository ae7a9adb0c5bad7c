/** A goroutine waits on a channel for somebody who may have stopped listening: his select has another way out. */
import { phrase } from '../../../protocol/phrase';
import type { Check, Report } from '../check';
import { type ChannelUses, channelUses, hasAlternative, isUnbuffered } from '../flow/channels';
import { type FlowFunction, loopsAround, type Op, outermost } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { lineOf, site, textOf } from './reporting';

export const stoppedPartner: Check = {
  name: 'stopped-partner',
  title: 'Wait for somebody who may have stopped',
  summary: 'A goroutine waits on a channel whose other side leaves its loop in another case of its select.',
  explanation:
    'The other side listens on this channel and on one that tells it to stop. When it has stopped, nobody answers any more, and whoever waits here waits for ever. Select here on the same signal too, or give the channel room.',
  cwe: 772,
  wholePackage: true,
  severity: 'information',
  examples: [
    {
      wrong:
        'type node struct { asks chan chan int; done chan bool }\n\nfunc newNode() *node { return &node{asks: make(chan chan int), done: make(chan bool)} }\n\nfunc (n *node) run() {\n\tfor {\n\t\tselect {\n\t\tcase c := <-n.asks:\n\t\t\tc <- 1\n\t\tcase <-n.done:\n\t\t\treturn\n\t\t}\n\t}\n}\n\nfunc (n *node) stop() { close(n.done) }\n\nfunc (n *node) ask() int {\n\tc := make(chan int, 1)\n\tn.asks <- c\n\treturn <-c\n}',
      right:
        'type node struct { asks chan chan int; done chan bool }\n\nfunc newNode() *node { return &node{asks: make(chan chan int), done: make(chan bool)} }\n\nfunc (n *node) run() {\n\tfor {\n\t\tselect {\n\t\tcase c := <-n.asks:\n\t\t\tc <- 1\n\t\tcase <-n.done:\n\t\t\treturn\n\t\t}\n\t}\n}\n\nfunc (n *node) stop() { close(n.done) }\n\nfunc (n *node) ask() int {\n\tc := make(chan int, 1)\n\tselect {\n\tcase n.asks <- c:\n\t\treturn <-c\n\tcase <-n.done:\n\t\treturn 0\n\t}\n}',
    },
  ],
  *run(all) {
    for (const uses of new Set(channelUses(all).values())) {
      if (uses.escapes || uses.lent || uses.foreign || uses.makes.length === 0 || !isUnbuffered(uses)) continue;
      const found = judge(uses);
      if (found) yield found;
    }
  },
};

function judge({ sends, receives, closes }: ChannelUses): Report | undefined {
  for (const [waits, partners] of [
    [sends, receives],
    [closes.length === 0 ? receives : [], sends],
  ] as const) {
    const op = waits.find((one) => !hasAlternative(one) && !one.range && !isTestOf(one, partners));
    if (!op || partners.length === 0) continue;
    const ways = partners.map((partner) => (outermost(partner.fn) === outermost(op.fn) ? undefined : wayOut(partner)));
    const [first] = ways;
    if (first && ways.every((way) => way !== undefined)) return describe(op, partners[0]!, first);
  }
  return undefined;
}

/** A test stops what it tests when it is done with it. */
const isTestOf = (op: Op, partners: readonly Op[]): boolean =>
  isTest(op.fn) && partners.some((partner) => !isTest(partner.fn));

const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

/** The case of the partner's select in which it leaves its loop, without looking at the channel again. */
function wayOut({ select, fn, node }: Op): Syntax | undefined {
  if (!select || select.hasDefault || select.cases.length < 2) return undefined;
  const [loop] = loopsAround(select.node, fn);
  if (!loop) return undefined;
  return select.node.namedChildren.find((one) => {
    const communication = one.childForFieldName('communication');
    if (!communication || (node.start >= communication.start && node.end <= communication.end)) return false;
    // A message may say that the other side ends itself; a closed channel or a context says it to all.
    if (!/(?:\bdone\b|stop|quit|clos|exit|Done\(\)|abort|cancel|shut)/iu.test(communication.text)) return false;
    const last = one.namedChildren.find(({ type }) => type === 'statement_list')?.namedChildren.at(-1);
    return last?.type === 'return_statement' || (last?.type === 'break_statement' && last.namedChildren.length > 0);
  });
}

function describe(op: Op, partner: Op, way: Syntax): Report {
  const what = textOf(op);
  const verb = op.kind === 'send' ? phrase`receives` : phrase`sends`;
  const way_ = way.childForFieldName('communication')!;
  return {
    fn: op.fn,
    message: phrase`${op.fn.name} waits on ${what} for ${partner.fn.name}, which may have stopped: it leaves on ${way_.text}`,
    explanation: [
      phrase`${partner.fn.name} ${verb} in line ${lineOf(partner)}, in a select that can also take ${way_.text}, and then returns.`,
      phrase`After that nobody ${verb} any more, and ${op.fn.name} does not listen for anything else.`,
    ],
    sites: [
      site(op, phrase`may wait for ever`, op.kind),
      site(partner, phrase`${verb} until it is told to stop`, partner.kind),
      { node: way_, file: partner.fn.file, role: phrase`leaves here`, operation: 'receive' },
    ],
  };
}
