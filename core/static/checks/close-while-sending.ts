/** One function closes a channel on which another may be sending: the send panics. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { behindOps, startsOf } from '../flow/behind';
import type { Effect } from '../flow/effect';
import { effectKey, isAboutClose } from '../flow/effect-places';
import { effectsAt } from '../flow/effects';
import { entryLocks, inlinedInto } from '../flow/entry-locks';
import { type FlowFunction, type FlowNode, loopsAround, type Op, outermost } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { isCounted } from './counted-loop';
import { lineOf, site, textOf } from './reporting';
import { haveCommonLock, isTest } from './unordered-access';

export const closeWhileSending: Check = {
  name: 'close-while-sending',
  title: 'Close while another may send',
  summary: 'A channel is closed by one function while another may be sending on it: the send panics.',
  explanation:
    'A send on a closed channel panics, also one that waits in a select. Only the sender can know when nothing more comes: let it close the channel, wait for all senders before, or close a second channel that tells them to stop. A lock around both and a flag does it too.',
  cwe: 672,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func sum(jobs []int) int {\n\tresults := make(chan int)\n\tfor _, job := range jobs {\n\t\tgo work(job, results)\n\t}\n\tclose(results)\n\ttotal := 0\n\tfor result := range results {\n\t\ttotal += result\n\t}\n\treturn total\n}\n\nfunc work(job int, to chan int) { to <- job * job }',
      right:
        'func sum(jobs []int) int {\n\tresults := make(chan int)\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\twork(job, results)\n\t\t}()\n\t}\n\tgo func() {\n\t\twg.Wait()\n\t\tclose(results)\n\t}()\n\ttotal := 0\n\tfor result := range results {\n\t\ttotal += result\n\t}\n\treturn total\n}\n\nfunc work(job int, to chan int) { to <- job * job }',
    },
  ],
  *run(all) {
    for (const { send, close, start } of found(all)) yield describe(send, close, start);
  },
};

interface Found {
  send: Op;
  close: Op;
  start: Op;
}

function found(all: Analysed): readonly Found[] {
  return all.once<string, readonly Found[]>(found, '', [], () => {
    const told = new Set<unknown>();
    return startsOf(all).flatMap(({ fn, node, op: start, spawned }) => {
      const started = spawned.filter((one) => isAboutClose(one) && !one.ordered && !one.joined);
      if (started.length === 0) return [];
      return [...conflicts(all, fn, node, started)].flatMap(([{ access, op: send }, { op: close }]): Found[] => {
        if (told.has(access.node) || (isTest(fn) && !isTest(close.fn))) return [];
        told.add(access.node);
        return [{ send, close, start }];
      });
    });
  });
}

/** The closes that are reported. */
export const closedWhileSending = (all: Analysed): ReadonlySet<Syntax> =>
  all.once<string, ReadonlySet<Syntax>>(
    closedWhileSending,
    '',
    new Set(),
    () => new Set(found(all).map(({ close }) => close.node)),
  );

/** Sends of the goroutine and closes behind its start, or the other way round. */
function* conflicts(
  all: Analysed,
  fn: FlowFunction,
  start: FlowNode,
  started: readonly Effect[],
): Generator<[Effect, Effect]> {
  const roots = new Set(started.map(({ place }) => place.root));
  const entered = entryLocks(all, inlinedInto(fn));
  for (const later of behindOps(all, fn, start, roots)) {
    if (later === start.op) continue;
    for (const other of effectsAt(all, fn, later).own) {
      if (!isAboutClose(other) || other.ordered) continue;
      for (const one of started) {
        if (one.write === other.write || effectKey(one.place) !== effectKey(other.place)) continue;
        if (haveCommonLock(one, other, entered)) continue;
        const [close, send] = one.write ? [one, other] : [other, one];
        if (hasReceivedAll(close.op)) continue;
        if (
          !recovers(send.op.fn) &&
          !send.op.fn.ops.some((op) => op.kind === 'close' && op.place?.owner === send.op.place?.owner)
        )
          yield [send, close];
      }
    }
  }
}

/** `for range urls { <-results }; close(results)`: one value for each goroutine, and no way out of the loop before. */
const hasReceivedAll = (close: Op): boolean =>
  close.fn.ops.some((receive) => {
    if (receive.kind !== 'receive' || receive.range || receive.select) return false;
    if (receive.place?.owner !== close.place?.owner || receive.node.end > close.node.start) return false;
    const loops = loopsAround(receive.node, receive.fn);
    return loops.length === 1 && loops[0]!.end <= close.node.start && isCounted(loops[0]!);
  });

const recovers = (fn: FlowFunction): boolean => /\brecover\(\)/u.test(outermost(fn).body.text);

function describe(send: Op, close: Op, start: Op): Report {
  const what = textOf(send);
  return {
    fn: send.fn,
    message: phrase`${send.fn.name} may send on ${what} while ${close.fn.name} closes it: a panic`,
    explanation: [
      phrase`${close.fn.name} closes ${textOf(close)} in line ${lineOf(close)} without waiting for those who send.`,
      phrase`${send.fn.name} sends in line ${lineOf(send)}; no lock is held around both.`,
    ],
    sites: [
      site(send, phrase`panics when the channel is closed`, 'send'),
      site(close, phrase`closed here`, 'close'),
      site(start, phrase`a goroutine is started here`, 'go'),
    ],
  };
}
