/**
 * A goroutine and those who started it use the same variable or field, one of them writes, and nothing puts the two in
 * order: no common lock, and no wait in between. Followed through calls (flow/effects.ts).
 */
import { english, type Phrase, phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { behindOps, startsOf } from '../flow/behind';
import type { Effect, Spawned } from '../flow/effect';
import { effectKey, isAboutClose } from '../flow/effect-places';
import { effectsAt } from '../flow/effects';
import { entryLocks, inlinedInto } from '../flow/entry-locks';
import { saysLocked } from '../flow/expects-lock';
import { lockFacts } from '../flow/locks';
import { type FlowFunction, type FlowNode, loopsAround, type Op } from '../flow/operations';
import { isCertain } from '../flow/taken-locks';
import { isWait } from '../flow/waits';
import type { Syntax } from '../source/syntax-node';
import { isBefore } from './loopclosure';
import { lineAt, site, siteAt } from './reporting';

export const unorderedAccess: Check = {
  name: 'unordered-access',
  title: 'Accesses in no order',
  summary: 'A goroutine and the code behind its start use the same field or variable, and nothing orders them.',
  explanation:
    'One of the two writes, no lock is held around both, and nobody waits for the goroutine in between: a data race. Guard both with one lock, or wait (a channel, a `sync.WaitGroup`) before the second.',
  cwe: 362,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Cache struct { items map[string]int }\n\nfunc (c *Cache) refresh() { c.items["a"] = 1 }\n\nfunc (c *Cache) Get(k string) int { return c.items[k] }\n\nfunc First(k string) int {\n\tc := &Cache{items: map[string]int{}}\n\tgo c.refresh()\n\treturn c.Get(k)\n}',
      right:
        'type Cache struct { mu sync.Mutex; items map[string]int }\n\nfunc (c *Cache) refresh() {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tc.items["a"] = 1\n}\n\nfunc (c *Cache) Get(k string) int {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\treturn c.items[k]\n}\n\nfunc First(k string) int {\n\tc := &Cache{items: map[string]int{}}\n\tgo c.refresh()\n\treturn c.Get(k)\n}',
    },
    {
      wrong:
        'type Client struct { conn *Conn }\n\nfunc (c *Client) connect() { c.conn = dial() }\n\nfunc All(c *Client) {\n\tfor i := 0; i < 3; i++ {\n\t\tgo c.connect()\n\t}\n}',
      right:
        'type Client struct { conn *Conn; once sync.Once }\n\nfunc (c *Client) connect() { c.once.Do(func() { c.conn = dial() }) }\n\nfunc All(c *Client) {\n\tfor i := 0; i < 3; i++ {\n\t\tgo c.connect()\n\t}\n}',
    },
  ],
  *run(all) {
    const told = new Set<string>();
    const met = new Map<Syntax, Syntax[]>();
    for (const { fn, node, op, spawned } of startsOf(all)) {
      for (const report of [...severals(all, fn, op, spawned), ...behind(all, fn, node, spawned)]) {
        const [{ node: one }, { node: other } = report.sites[0]] = report.sites;
        const owner = `${english(report.message).split(' ')[0]}`;
        if (told.has(owner) || met.get(one)?.includes(other)) continue;
        told.add(owner);
        met.set(one, [...(met.get(one) ?? []), other]);
        met.set(other, [...(met.get(other) ?? []), one]);
        yield report;
      }
    }
  },
};

/** Goroutines of a loop, or of a pool, that write the same. */
function severals(all: Analysed, fn: FlowFunction, op: Op, spawned: readonly Spawned[]): Report[] {
  const [loop] = loopsAround(op.node, fn).slice(-1);
  // One after the other: the loop waits in each round.
  if (loop && fn.ops.some((one) => isWait(one) && one.node.start >= loop.start && one.node.end <= loop.end)) return [];
  return spawned.flatMap((one): Report[] => {
    const { root } = one.place;
    if (isTest(fn) && !isTest(one.op.fn)) return [];
    if (isAboutClose(one) || !one.write || !one.several || saysLocked(one.op.fn) || one.held.length > 0 || one.ordered)
      return [];
    if (isPlainCapture(one, op) || !isSame(one, true) || spins(one.op.fn)) return [];
    if (root.owner && loop && root.node.start >= loop.start && root.node.end <= loop.end) return [];
    if (root.loop && !isBefore(all.pkg.goVersion, 22)) return [];
    return [
      {
        fn: one.op.fn,
        message: phrase`${nameOf(one)} is written here by several goroutines, and nothing orders them`,
        explanation: [
          phrase`${fn.name} starts the goroutines in line ${lineAt(fn.file, op.node)}.`,
          phrase`Each of them gets here without a lock: a data race.`,
        ],
        sites: [
          siteAt(one.op.fn, one.access.node, phrase`written by each goroutine`, 'write'),
          site(op, phrase`the goroutines are started here`, 'go'),
        ],
      },
    ];
  });
}

/** `for !flag.Load() {}` makes an order of its own. */
const spins = (fn: FlowFunction): boolean =>
  fn.body.descendantsOfType('for_statement').some((loop) => {
    const body = loop.childForFieldName('body');
    return /\bLoad\w*\(/u.test(loop.text.slice(0, (body?.startIndex ?? loop.startIndex) - loop.startIndex));
  });

/** What the code behind the start does with the same. */
function behind(all: Analysed, fn: FlowFunction, start: FlowNode, spawned: readonly Spawned[]): Report[] {
  const op = start.op!;
  const goroutine = new Map<string, Spawned[]>();
  for (const one of spawned) {
    if (isAboutClose(one) || one.joined || one.ordered || isPlainCapture(one, op) || !isSame(one, false)) continue;
    const key = effectKey(one.place);
    goroutine.set(key, [...(goroutine.get(key) ?? []), one]);
  }
  if (goroutine.size === 0) return [];
  const reports: Report[] = [];
  const entered = entryLocks(all, inlinedInto(fn));
  const roots = new Set([...goroutine.values()].flat().map(({ place }) => place.root));
  for (const later of behindOps(all, fn, start, roots)) {
    if (later === op) continue;
    const at = effectsAt(all, fn, later);
    for (const other of [...at.own, ...at.spawned]) {
      const one = goroutine
        .get(effectKey(other.place))
        ?.find((it) => (it.write || other.write) && !other.ordered && !haveCommonLock(it, other, entered));
      if (!one || one.access.node === other.access.node || !isPlausible(all, fn, one, other)) continue;
      reports.push(describe(fn, op, one, other));
    }
  }
  return reports;
}

/** What captured-variable reports. */
const isPlainCapture = ({ place: { root, path } }: Effect, { kind, target }: Op): boolean =>
  kind === 'go' && path.length === 0 && root.owner !== undefined && target !== undefined && 'parent' in target;

/** The same place and not just the same kind of place: elements of lists are many. */
function isSame({ place, access, op }: Effect, several: boolean): boolean {
  const at = place.path.indexOf('[]');
  if (at < 0) return place.path.length > 0 || place.root.owner === undefined || several;
  const last = access.place.path.at(-1) ?? '';
  if (at !== place.path.length - 1) return false;
  const index = op.fn.locals.find(({ name }) => last === `[${name}]`);
  if (access.ofMap === true) return true;
  // `for i := worker; i < n; i += workers`: each goroutine has elements of its own.
  const begin = index?.value?.text;
  const own = op.fn.parameters.some(({ name }) => name === begin);
  return several && index?.loop !== undefined && !own;
}

/** What tests do with what is not theirs, and what a comment says is done under a lock, is done on purpose. */
function isPlausible(all: Analysed, fn: FlowFunction, one: Spawned, other: Effect): boolean {
  const places = [one.op.fn, other.op.fn];
  if (isTest(fn) && !places.every(isTest)) return false;
  if ([fn, ...places].some(saysLocked)) return false;
  if (!places.every((place) => isFollowed(all, place))) return false;
  // Somebody thought about locks here: what is far away may hold one that is not seen.
  const locked = one.held.length > 0 || other.held.length > 0 || entryLocks(all, inlinedInto(fn)).size > 0;
  return !locked || !one.place.root.owner || Math.max(one.depth, other.depth) <= MOST_CALLS_LOCKED;
}

const MOST_CALLS_LOCKED = 4;

/** All its paths are, and no parameter decides what is locked. */
const isFollowed = (all: Analysed, fn: FlowFunction): boolean =>
  lockFacts(all, inlinedInto(fn)).complete && fn.ops.every((op) => op.kind !== 'lock' || isCertain(op, fn));

export const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

/** `entered`: owners held by whoever calls the function that goes on. */
export function haveCommonLock(a: Effect, b: Effect, entered: ReadonlySet<string>): boolean {
  return a.held.some(({ owner }) => entered.has(owner) || b.held.some((other) => other.owner === owner));
}

function nameOf({ place: { owner, root, path } }: Effect): string {
  if (path.length === 0) return root.name;
  return owner.startsWith('#')
    ? `${root.name}${path.map((part) => (part === '[]' ? part : `.${part}`)).join('')}`
    : owner;
}

function describe(fn: FlowFunction, op: Op, one: Spawned, other: Effect): Report {
  const verb = ({ write }: Effect): Phrase => (write ? phrase`written` : phrase`read`);
  const word = ({ write }: Effect): string => (write ? 'write' : 'read');
  // The write is what is to be guarded first.
  const [first, second] = one.write ? [one, other] : [other, one];
  const where = first === one ? phrase`in a goroutine` : phrase`by ${fn.name}`;
  const what = nameOf(first);
  return {
    fn: first.op.fn,
    message: phrase`${what} is ${verb(first)} here ${where}, and ${verb(second)} at the same time in ${second.op.fn.name}, line ${lineAt(second.op.fn.file, second.access.node)}`,
    explanation: [
      phrase`A goroutine is started in line ${lineAt(fn.file, op.node)} of ${fn.name}, which goes on.`,
      phrase`No lock is held around both, and nothing waits for the goroutine in between: a data race.`,
    ],
    sites: [
      siteAt(first.op.fn, first.access.node, phrase`${verb(first)} without order`, word(first)),
      siteAt(second.op.fn, second.access.node, phrase`${verb(second)} at the same time`, word(second)),
      site(op, phrase`the goroutine is started here`, 'go'),
    ],
  };
}
