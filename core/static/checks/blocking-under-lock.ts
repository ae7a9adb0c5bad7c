/** A goroutine waits for another while it holds the lock that the other needs to get there. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { statementOf } from '../fixes/edits';
import { releaseAround } from '../fixes/locks';
import { type ChannelUses, channelUses, hasAlternative, isUnbuffered } from '../flow/channels';
import { targetsOf } from '../flow/dispatch';
import { callSites, inlinedInto } from '../flow/entry-locks';
import { type Hold, lockFacts } from '../flow/locks';
import { type FlowFunction, loopsAround, type Op, outermost } from '../flow/operations';
import { mayBlockAt, mayTake } from '../flow/taken-locks';
import { lineOf, site, textOf } from './reporting';

export const blockingUnderLock: Check = {
  name: 'blocking-under-lock',
  title: 'Waiting while the other side needs the lock',
  summary: 'A goroutine sends, receives or waits while it holds a lock that the other side takes first.',
  explanation:
    'Whoever should receive (send, call Done) needs the lock that is held here while waiting for it: neither can go on. ' +
    'Release the lock before the operation, or copy what is to be sent and send it afterwards.',
  cwe: 833,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Hub struct { mu sync.Mutex; events chan int; n int }\n\nfunc NewHub() *Hub { return &Hub{events: make(chan int)} }\n\nfunc (h *Hub) Publish(v int) {\n\th.mu.Lock()\n\tdefer h.mu.Unlock()\n\th.events <- v\n}\n\nfunc (h *Hub) loop() {\n\tfor {\n\t\th.mu.Lock()\n\t\th.n++\n\t\th.mu.Unlock()\n\t\t<-h.events\n\t}\n}',
      right:
        'type Hub struct { mu sync.Mutex; events chan int; n int }\n\nfunc NewHub() *Hub { return &Hub{events: make(chan int)} }\n\nfunc (h *Hub) Publish(v int) {\n\th.mu.Lock()\n\th.n++\n\th.mu.Unlock()\n\th.events <- v\n}\n\nfunc (h *Hub) loop() {\n\tfor {\n\t\th.mu.Lock()\n\t\th.n++\n\t\th.mu.Unlock()\n\t\t<-h.events\n\t}\n}',
    },
  ],
  *run(all) {
    const channels = channelUses(all);
    for (const fn of all.functions()) {
      if (fn.use === 'call' || fn.use === 'defer') continue;
      for (const [op, states] of lockFacts(all, fn).at) {
        const holds = states.length > 0 && states.every((held) => held.size > 0) ? [...states[0]!.values()] : [];
        if (holds.length === 0) continue;
        const found = blockedAt(all, op).flatMap((wait) => judge(all, channels, fn, op, wait, holds));
        if (found[0]) yield found[0];
      }
    }
  },
};

/** Itself, or what the functions wait for that it calls. */
function blockedAt(all: Analysed, op: Op): readonly Op[] {
  if (op.kind !== 'call' || op.call?.literal) return [op];
  return targetsOf(all, op).flatMap((target) => mayBlockAt(all, target));
}

/** Calls give back what they hold of it, or it was somebody else's. */
function judge(
  all: Analysed,
  channels: ReadonlyMap<string, ChannelUses>,
  fn: FlowFunction,
  at: Op,
  wait: Op,
  holds: readonly Hold[],
): Report[] {
  if (!wait.place || hasAlternative(wait)) return [];
  let partners: Op[] = [];
  let buffered = false;
  if (wait.kind === 'send' || wait.kind === 'receive') {
    const uses = channels.get(wait.place.owner);
    if (!uses || uses.escapes || uses.lent) return [];
    // What lies in a buffer may have been put there before; it is full when the other side never gets there.
    buffered = !isUnbuffered(uses);
    if (buffered && (wait.kind === 'receive' || isDrained(wait) || uses.foreign || uses.makes.length === 0)) return [];
    partners = wait.kind === 'send' ? uses.receives : [...uses.sends, ...uses.closes];
  } else if (wait.kind === 'wg-wait') partners = donesOf(all, wait);
  partners = partners.filter(
    (one) => one !== wait && inlinedInto(one.fn) !== fn && inlinedInto(one.fn) !== inlinedInto(wait.fn),
  );
  if (!isTest(fn)) partners = partners.filter((one) => !isTest(one.fn));
  // Each who waits makes a channel of its own with room for the answer.
  if (partners.length === 0 || (buffered && isMadeBy(channels.get(wait.place.owner)!, partners))) return [];
  for (const hold of holds) {
    // Further down it may be given back for the time of the wait.
    if (at !== wait && lockFacts(all, inlinedInto(wait.fn)).released.size > 0) continue;
    if (targetsOf(all, at).some((one) => givesBack(all, one, hold))) continue;
    const blocked = partners.map((partner) => needs(all, partner, hold, buffered));
    const first = blocked.find((it) => it !== undefined);
    // Of those who could end a wait for one value, all have to need the lock; a group waits for each.
    const each = wait.kind === 'wg-wait' ? first !== undefined : blocked.every((it) => it !== undefined);
    if (first && each) return [describe(wait, at, hold, partners[blocked.indexOf(first)]!, first)];
  }
  return [];
}

const isMadeBy = ({ makes }: ChannelUses, partners: readonly Op[]): boolean =>
  makes.every(({ fn }) => fn !== undefined && partners.every((one) => outermost(one.fn) === outermost(fn)));

const givesBack = (all: Analysed, fn: FlowFunction, { place: { owner } }: Hold): boolean =>
  [...lockFacts(all, fn).released.values()].some(({ place }) => place.owner === owner);

/** `select { case <-c: default: }; c <- v`: those who send hold the lock, so that there is room now. */
function isDrained({ node }: Op): boolean {
  const statement = statementOf(node);
  const list = statement.parent?.namedChildren ?? [];
  const before = list[list.indexOf(statement) - 1];
  const channel = node.childForFieldName('channel')?.text;
  return (
    before?.type === 'select_statement' &&
    before.namedChildren.some(({ type }) => type === 'default_case') &&
    before.namedChildren.some((one) => one.childForFieldName('communication')?.text === `<-${channel}`)
  );
}

const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

function donesOf(all: Analysed, wait: Op): Op[] {
  return all
    .functions()
    .flatMap(({ ops }) => ops.map((op) => (op.kind === 'defer' && op.inner ? op.inner : op)))
    .filter(({ kind, place }) => kind === 'wg-done' && place?.owner === wait.place!.owner);
}

/** The operation with which the partner takes the lock before it gets to its half, or to the next one. */
function needs(all: Analysed, partner: Op, hold: Hold, buffered: boolean): Op | undefined {
  const root = inlinedInto(partner.fn);
  const { owner } = hold.place;
  const takes = (fn: FlowFunction): Op | undefined => mayTake(all, fn).get(owner)?.op;
  const own = takes(root);
  if (!own) return undefined;
  if (buffered) return commonLoop(own, partner, root) || calledInLoop(all, root) ? own : undefined;
  // A deferred half comes last.
  const deferred = partner.node.parent?.type === 'defer_statement';
  if (deferred || own.node.startIndex < partner.node.startIndex || own.fn.file !== partner.fn.file) return own;
  return commonLoop(own, partner, root) || calledInLoop(all, root) ? own : undefined;
}

/** Each round of a loop somewhere calls it, so that what it does last comes before what it does first. */
function calledInLoop(all: Analysed, fn: FlowFunction): boolean {
  return (callSites(all).get(fn) ?? []).some(
    ({ op, caller }) => op.kind === 'call' && loopsAround(op.node, caller).length > 0,
  );
}

function commonLoop(a: Op, b: Op, fn: FlowFunction): boolean {
  for (let at = a.node.parent; at && at !== fn.body; at = at.parent) {
    if (at.type !== 'for_statement') continue;
    for (let other = b.node.parent; other && other !== fn.body; other = other.parent) if (other === at) return true;
  }
  return false;
}

function describe(op: Op, at: Op, hold: Hold, partner: Op, needed: Op): Report {
  const lock = hold.place.node.text.replace(/^&/u, '');
  const what =
    op.kind === 'wg-wait'
      ? phrase`waits for ${textOf(op)}`
      : op.kind === 'send'
        ? phrase`sends on ${textOf(op)}`
        : phrase`receives from ${textOf(op)}`;
  const other = op.kind === 'wg-wait' ? phrase`calls Done` : op.kind === 'send' ? phrase`receives` : phrase`sends`;
  return {
    fn: op.fn,
    message: phrase`${op.fn.name} ${what} while it holds ${lock}, which ${partner.fn.name} needs before it ${other}`,
    explanation: [
      phrase`${lock} is taken in line ${lineOf(hold.since)} of ${hold.since.fn.name} and held in line ${lineOf(op)}, where ${op.fn.name} ${what}.`,
      phrase`${partner.fn.name} ${other} in line ${lineOf(partner)}, but takes ${lock} in line ${lineOf(needed)} first.`,
      phrase`Each waits for the other.`,
    ],
    sites: [
      site(op, phrase`waits while ${lock} is held`, op.kind),
      ...(at === op ? [] : [site(at, phrase`calls it while ${lock} is held`, 'call')]),
      site(hold.since, phrase`${lock} is taken here`, hold.shared ? 'rlock' : 'lock'),
      site(partner, phrase`the other half, which ${lock} is needed for`, partner.kind),
      site(needed, phrase`waits for ${lock}`, 'lock'),
    ],
    fixes: releaseAround(
      at,
      hold,
      op.kind === 'send' ? phrase`sends` : op.kind === 'receive' ? phrase`receives` : phrase`waits`,
    ),
  };
}
