/** Two locks that are taken in one order here and in the other there. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { runsAt } from '../flow/callbacks';
import { targetsOf } from '../flow/dispatch';
import { entryLocks } from '../flow/entry-locks';
import { lockFacts } from '../flow/locks';
import { type FlowFunction, family, type Op, type Place, type Variable } from '../flow/operations';
import { mayTake } from '../flow/taken-locks';
import { lineAt, site } from './reporting';

interface Edge {
  held: { owner: string; shared: boolean; since: Op };
  taken: { owner: string; shared: boolean };
  /** The lock, or the call that leads to it. */
  at: Op;
  /** Owners held at that point, that lock too. */
  all: ReadonlySet<string>;
}

export const lockOrder: Check = {
  name: 'lock-order',
  title: 'Locks taken in different orders',
  summary: 'Two locks are taken in one order by one function and in the other order by another.',
  explanation:
    'When one goroutine holds A and wants B while another holds B and wants A, both wait for ever. Take the locks in ' +
    'one order everywhere, or give the first back before taking the second.',
  cwe: 833,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Bank struct { a, b sync.Mutex; x, y int }\n\nfunc (k *Bank) There() {\n\tk.a.Lock()\n\tdefer k.a.Unlock()\n\tk.b.Lock()\n\tdefer k.b.Unlock()\n\tk.x, k.y = k.x-1, k.y+1\n}\n\nfunc (k *Bank) Back() {\n\tk.b.Lock()\n\tdefer k.b.Unlock()\n\tk.a.Lock()\n\tdefer k.a.Unlock()\n\tk.x, k.y = k.x+1, k.y-1\n}',
      right:
        'type Bank struct { a, b sync.Mutex; x, y int }\n\nfunc (k *Bank) There() {\n\tk.a.Lock()\n\tdefer k.a.Unlock()\n\tk.b.Lock()\n\tdefer k.b.Unlock()\n\tk.x, k.y = k.x-1, k.y+1\n}\n\nfunc (k *Bank) Back() {\n\tk.a.Lock()\n\tdefer k.a.Unlock()\n\tk.b.Lock()\n\tdefer k.b.Unlock()\n\tk.x, k.y = k.x+1, k.y-1\n}',
    },
  ],
  *run(all) {
    const edges = edgesOf(all);
    const told = new Set<string>();
    for (const list of edges.values()) {
      for (const there of list) {
        const pair = [there.held.owner, there.taken.owner].sort().join(' ');
        if (told.has(pair)) continue;
        const back = edges.get(`${there.taken.owner} ${there.held.owner}`)?.find((one) => cross(all, there, one));
        if (!back) continue;
        told.add(pair);
        yield describe(there, back);
      }
    }
  },
};

/** The longer a chain of calls, the less often all of it happens. */
const MOST_CALLS = 3;

/** By `held taken`. */
function edgesOf(all: Analysed): Map<string, Edge[]> {
  const edges = new Map<string, Edge[]>();
  for (const fn of all.functions()) {
    if (fn.use === 'call' || fn.use === 'defer') continue;
    for (const edge of entered(all, fn)) add(edges, edge);
    const outside = entryLocks(all, fn);
    for (const [at, states] of lockFacts(all, fn).at) {
      if (states.every((held) => held.size === 0)) continue;
      const taken = takenBy(all, at);
      const givenBack = releasedBy(all, at);
      for (const held of states) {
        for (const hold of held.values()) {
          for (const { owner, shared, again } of taken) {
            if (owner === hold.place.owner || isMade(hold.place.root) || givenBack.has(hold.place.owner)) continue;
            // What is held when it is given back and taken again is held at that moment too.
            // Otherwise it came first already, here or in another object.
            if ([...held.values()].some(({ place }) => place.owner === owner) !== again) continue;
            add(edges, {
              held: { owner: hold.place.owner, shared: hold.shared, since: hold.since },
              taken: { owner, shared },
              at,
              all: new Set([...[...held.values()].map(({ place }) => place.owner), ...outside]),
            });
          }
        }
      }
    }
  }
  return edges;
}

function add(edges: Map<string, Edge[]>, edge: Edge): void {
  const key = `${edge.held.owner} ${edge.taken.owner}`;
  const list = edges.get(key);
  if (list) list.push(edge);
  else edges.set(key, [edge]);
}

/** What a function gives back that it has not taken is held when it begins: what it takes before comes second. */
function entered(all: Analysed, fn: FlowFunction): Edge[] {
  const { at, released } = lockFacts(all, fn);
  const ops = family(fn).flatMap((one) => one.ops);
  const takesIt = (place: Place): boolean => ops.some((op) => op.kind === 'lock' && op.place?.owner === place.owner);
  return [...released.values()].flatMap(({ place, op: unlock }) =>
    unlock.kind !== 'unlock' || takesIt(place)
      ? []
      : [...at.keys()].flatMap((op): Edge[] =>
          op.kind === 'lock' &&
          !op.tried &&
          op.place &&
          op.place.owner !== place.owner &&
          op.node.start < unlock.node.start
            ? [
                {
                  held: { owner: place.owner, shared: unlock.shared === true, since: unlock },
                  taken: { owner: op.place.owner, shared: op.shared === true },
                  at: op,
                  all: new Set([place.owner]),
                },
              ]
            : [],
        ),
  );
}

/** Owners of locks that a call gives back for a while: what it takes it may take then. */
function releasedBy(all: Analysed, op: Op): ReadonlySet<string> {
  const targets = op.kind === 'call' ? targetsOf(all, op) : [];
  return new Set(targets.flatMap((one) => [...lockFacts(all, one).released.values()].map(({ place }) => place.owner)));
}

function takenBy(all: Analysed, op: Op): { owner: string; shared: boolean; again: boolean }[] {
  if (op.kind === 'lock' && op.place && !op.tried)
    return [{ owner: op.place.owner, shared: op.shared === true, again: false }];
  if (op.kind !== 'call') return [];
  // What a function was handed by whomever, it calls under its own lock.
  return [...new Set([...targetsOf(all, op), ...runsAt(all, op)])].flatMap((target) =>
    [...mayTake(all, target)].flatMap(([owner, { shared, depth, again }]) =>
      depth <= MOST_CALLS ? [{ owner, shared, again }] : [],
    ),
  );
}

/** Made in this function: nobody else has it yet. */
const isMade = ({ value }: Variable): boolean => /^(?:&?[\w.[\]*]+\{|new\()/u.test(value?.text ?? '');

/** Both can wait for each other: what one holds the other cannot share, and no third lock keeps them apart. */
function cross(all: Analysed, there: Edge, back: Edge): boolean {
  if (there.held.shared && back.taken.shared) return false;
  if (back.held.shared && there.taken.shared) return false;
  if (there.at === back.at) return false;
  // What a test does by itself shows no order that the program has.
  const tests = [there, back].filter(({ at }) => /_test\.go$/u.test(at.fn.file.path));
  if (tests.length > 0 && all.pkg.files.some(({ path }) => !/_test\.go$/u.test(path))) return false;
  return ![...there.all].some(
    (owner) => owner !== there.held.owner && back.all.has(owner) && owner !== back.held.owner,
  );
}

function describe(there: Edge, back: Edge): Report {
  const names = (owner: string): string => (owner.startsWith('#') ? 'a local lock' : owner.replace(/^.*\//u, ''));
  const [a, b] = [names(there.held.owner), names(there.taken.owner)];
  const where = (op: Op): Phrase => phrase`${op.fn.name}, line ${lineAt(op.fn.file, op.node)}`;
  return {
    fn: there.at.fn,
    message: phrase`${b} is taken while ${a} is held, and in ${back.at.fn.name} the other way round: two goroutines can wait for each other for ever`,
    explanation: [
      phrase`One goroutine holds ${a} and wants ${b} (${where(there.at)}).`,
      phrase`Another holds ${b} and wants ${a} (${where(back.at)}).`,
      phrase`Neither gives up what it holds: a deadlock.`,
    ],
    sites: [
      site(there.at, phrase`takes ${b} while ${a} is held`, 'lock'),
      site(there.held.since, phrase`${a} is taken here`, 'lock'),
      site(back.at, phrase`takes ${a} while ${b} is held`, 'lock'),
      site(back.held.since, phrase`${b} is taken here`, 'lock'),
    ],
  };
}
