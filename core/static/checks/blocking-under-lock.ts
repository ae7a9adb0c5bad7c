/** A goroutine waits for another while it holds the lock that the other needs to get there. */
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { releaseAround } from '../fixes/locks';
import { channelUses, hasAlternative, isUnbuffered } from '../flow/channels';
import { inlinedInto } from '../flow/entry-locks';
import { type Hold, lockFacts, mayTake } from '../flow/locks';
import type { FlowFunction, Op } from '../flow/operations';
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
        if (holds.length === 0 || !op.place) continue;
        let partners: Op[] = [];
        if (op.kind === 'send' || op.kind === 'receive') {
          const uses = channels.get(op.place.owner);
          if (!uses || uses.escapes || hasAlternative(op)) continue;
          // What lies in a buffer may have been put there before.
          if (!isUnbuffered(uses)) continue;
          partners = op.kind === 'send' ? uses.receives : [...uses.sends, ...uses.closes];
        } else if (op.kind === 'wg-wait') partners = donesOf(all, op);
        else continue;
        partners = partners.filter((one) => one !== op && inlinedInto(one.fn) !== fn);
        if (!isTest(fn)) partners = partners.filter((one) => !isTest(one.fn));
        for (const hold of holds) {
          const blocked = partners.map((partner) => needs(all, partner, hold));
          const first = blocked.find((it) => it !== undefined);
          // Of those who could end a wait for one value, all have to need the lock; a group waits for each.
          const all_ = op.kind === 'wg-wait' ? first !== undefined : blocked.every((it) => it !== undefined);
          if (partners.length === 0 || !first || !all_) continue;
          yield describe(op, hold, partners[blocked.indexOf(first)]!, first);
          break;
        }
      }
    }
  },
};

const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

function donesOf(all: Analysed, wait: Op): Op[] {
  return all
    .functions()
    .flatMap(({ ops }) => ops.map((op) => (op.kind === 'defer' && op.inner ? op.inner : op)))
    .filter(({ kind, place }) => kind === 'wg-done' && place?.owner === wait.place!.owner);
}

/** The operation with which the partner takes the lock before it gets to its half, or to the next one. */
function needs(all: Analysed, partner: Op, hold: Hold): Op | undefined {
  const root = inlinedInto(partner.fn);
  const { owner } = hold.place;
  const takes = (fn: FlowFunction): Op | undefined => mayTake(all, fn).get(owner)?.op;
  const own = takes(root);
  if (!own) return undefined;
  // A deferred half comes last.
  const deferred = partner.node.parent?.type === 'defer_statement';
  if (deferred || own.node.startIndex < partner.node.startIndex || own.fn.file !== partner.fn.file) return own;
  return commonLoop(own, partner, root) ? own : undefined;
}

function commonLoop(a: Op, b: Op, fn: FlowFunction): boolean {
  for (let at = a.node.parent; at && at !== fn.body; at = at.parent) {
    if (at.type !== 'for_statement') continue;
    for (let other = b.node.parent; other && other !== fn.body; other = other.parent) if (other === at) return true;
  }
  return false;
}

function describe(op: Op, hold: Hold, partner: Op, needed: Op): Report {
  const lock = hold.place.node.text.replace(/^&/u, '');
  const what =
    op.kind === 'wg-wait'
      ? `waits for ${textOf(op)}`
      : op.kind === 'send'
        ? `sends on ${textOf(op)}`
        : `receives from ${textOf(op)}`;
  const other = op.kind === 'wg-wait' ? 'calls Done' : op.kind === 'send' ? 'receives' : 'sends';
  return {
    fn: op.fn,
    message: `${op.fn.name} ${what} while it holds ${lock}, which ${partner.fn.name} needs before it ${other}`,
    explanation: [
      `${lock} is taken in line ${lineOf(hold.since)} and held in line ${lineOf(op)}, where ${op.fn.name} ${what}.`,
      `${partner.fn.name} ${other} in line ${lineOf(partner)}, but takes ${lock} in line ${lineOf(needed)} first.`,
      'Each waits for the other.',
    ],
    sites: [
      site(op, `waits while ${lock} is held`, op.kind),
      site(hold.since, `${lock} is taken here`, hold.shared ? 'rlock' : 'lock'),
      site(partner, `the other half, which ${lock} is needed for`, partner.kind),
      site(needed, `waits for ${lock}`, 'lock'),
    ],
    fixes: releaseAround(op, hold, op.kind === 'send' ? 'sends' : op.kind === 'receive' ? 'receives' : 'waits'),
  };
}
