/** Who receives closes the channel to say that nothing more is wanted: whoever still sends panics. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check } from '../check';
import { stopInstead } from '../fixes/channels';
import { type ChannelUses, channelUses } from '../flow/channels';
import { targetsOf } from '../flow/dispatch';
import { heldAt, inlinedInto } from '../flow/entry-locks';
import { type FlowFunction, loopsAround, type Op, outermost } from '../flow/operations';
import { mayWait, waitsElsewhere } from '../flow/waits';
import type { Syntax } from '../source/syntax-node';
import { closedWhileSending } from './close-while-sending';
import { isCounted, leaves } from './counted-loop';
import { lineOf, site, textOf } from './reporting';
import { isTest } from './unordered-access';

export const closeByReceiver: Check = {
  name: 'close-by-receiver',
  title: 'Channel closed by its receiver',
  summary: 'A channel is closed by the function that receives from it, while another goroutine may still send.',
  explanation:
    'Only who sends knows when nothing more comes: a send on a closed channel panics. Let the sender close it, and tell the sender to stop by another channel or a context.',
  cwe: 672,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type feed struct { items chan int }\n\nfunc newFeed() *feed { return &feed{items: make(chan int)} }\n\nfunc (f *feed) produce(n int) {\n\tfor i := range n {\n\t\tf.items <- i\n\t}\n}\n\nfunc (f *feed) first(wanted func(int) bool) int {\n\tfor {\n\t\tif item := <-f.items; wanted(item) {\n\t\t\tclose(f.items)\n\t\t\treturn item\n\t\t}\n\t}\n}',
      right:
        'type feed struct { items chan int; stop chan struct{} }\n\nfunc newFeed() *feed { return &feed{make(chan int), make(chan struct{})} }\n\nfunc (f *feed) produce(n int) {\n\tdefer close(f.items)\n\tfor i := range n {\n\t\tselect {\n\t\tcase f.items <- i:\n\t\tcase <-f.stop:\n\t\t\treturn\n\t\t}\n\t}\n}\n\nfunc (f *feed) first(wanted func(int) bool) int {\n\tfor item := range f.items {\n\t\tif wanted(item) {\n\t\t\tclose(f.stop)\n\t\t\treturn item\n\t\t}\n\t}\n\treturn -1\n}',
    },
  ],
  *run(all) {
    for (const uses of new Set(channelUses(all).values())) {
      if (uses.escapes || uses.sends.length === 0) continue;
      for (const close of uses.closes) {
        const closer = inlinedInto(close.fn);
        if (uses.sends.some(({ fn }) => inlinedInto(fn) === closer) || hasWaited(all, closer, close)) continue;
        const early = uses.receives.find((one) => inlinedInto(one.fn) === closer && endsEarly(one, close, uses));
        const send = uses.sends.find((one) => (isTest(close.fn) || !isTest(one.fn)) && isExposed(all, one, close));
        if (!early || !send || closedWhileSending(all).has(close.node)) continue;
        yield {
          fn: close.fn,
          message: phrase`${close.fn.name} closes ${textOf(close)}, which it receives from: a sender that is not done panics`,
          explanation: [
            phrase`${close.fn.name} receives in line ${lineOf(early)} and closes the channel when it has had enough.`,
            phrase`${send.fn.name} sends in line ${lineOf(send)} and does not know of it: a send on a closed channel panics.`,
          ],
          sites: [
            site(close, phrase`closed by its receiver`, 'close'),
            site(send, phrase`panics when it comes later`, 'send'),
            site(early, phrase`received here`, 'receive'),
          ],
          fixes: stopInstead(close, uses),
        };
      }
    }
  },
};

/** More may be sent than has been received when it is closed. */
function endsEarly(receive: Op, close: Op, { sends }: ChannelUses): boolean {
  const deferred = isDeferred(close);
  if (!deferred && close.node.start < receive.node.start) return false;
  if (givesUp(receive)) return true;
  if (!sendsOften(sends)) return false;
  const loops = loopsAround(receive.node, receive.fn);
  const own = receive.range ? receive.node.parent : loops.find((loop) => !isCounted(loop));
  if (!own) return loops.length === 0;
  return (contains(own, close.node) && !deferred) || leaves(own).length > 0;
}

const sendsOften = (sends: readonly Op[]): boolean =>
  sends.length > 1 || sends.some(({ node, fn }) => loopsAround(node, fn).length > 0 || startedInLoop(fn));

/** Another case of the select goes on without what is sent. A test that has failed already need not be clean. */
function givesUp({ select, node }: Op): boolean {
  return (
    select?.node.namedChildren.some(
      (one) => one.type === 'communication_case' && !contains(one, node) && !FAILS.test(one.text),
    ) === true
  );
}

const FAILS = /\b(?:t|b|tb)\.(?:Error|Fatal|Fail)|\bpanic\(|\brequire[._]/u;

const contains = (outer: Syntax, { start, end, origin }: Syntax): boolean =>
  outer.origin === origin && outer.start <= start && end <= outer.end;

function startedInLoop(fn: FlowFunction): boolean {
  const go = fn.parent?.ops.find(({ kind, target }) => kind === 'go' && target === fn);
  return go !== undefined && loopsAround(go.node, go.fn).length > 0;
}

/** It has waited for somebody else before: the senders may have ended. */
const hasWaited = (all: Analysed, closer: FlowFunction, close: Op): boolean =>
  [closer, close.fn].some(({ ops }) =>
    ops.some(({ kind, node, place, inner }) => {
      // What is deferred later runs first.
      if (kind === 'defer') return node.start > close.node.start && isDeferred(close) && ends(all, inner);
      if (node.start >= close.node.start) return false;
      return kind === 'wg-wait' || kind === 'cond-wait' || (kind === 'receive' && place?.owner !== close.place?.owner);
    }),
  );

/** `defer server.Shutdown()` */
const ends = (all: Analysed, op: Op | undefined): boolean =>
  op !== undefined &&
  (op.kind === 'wg-wait' ||
    waitsElsewhere(op) ||
    (op.kind === 'call' && targetsOf(all, op).some((target) => mayWait(all, target))));

const isDeferred = ({ node, fn }: Op): boolean => node.parent?.type === 'defer_statement' || fn.use === 'defer';

/** No recover and no common lock keeps it from panicking. */
function isExposed(all: Analysed, send: Op, close: Op): boolean {
  if (/\brecover\(\)/u.test(outermost(send.fn).body.text)) return false;
  const owners = new Set(heldAt(all, close).flatMap(({ owners: held }) => [...held]));
  return !heldAt(all, send).some(({ owners: held }) => [...held].some((owner) => owners.has(owner)));
}
