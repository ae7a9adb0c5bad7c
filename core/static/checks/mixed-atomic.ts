/** A variable that is used with sync/atomic here and plainly there. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report, ReportEdit } from '../check';
import { heldAt } from '../flow/entry-locks';
import { saysLocked } from '../flow/expects-lock';
import type { Access, FlowFunction, Op, Place } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { siteAt } from './reporting';

interface Atomic {
  /** The first that writes it. */
  op: Op;
  writers: Op[];
}

export const mixedAtomic: Check = {
  name: 'mixed-atomic',
  title: 'Atomic and plain accesses of one variable',
  summary: 'A variable that sync/atomic writes is read or written without it elsewhere.',
  explanation:
    'An atomic write and a plain access are a data race. Use the atomic operation everywhere; the types of sync/atomic (`atomic.Int64`) allow nothing else.',
  cwe: 362,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Stats struct { n int64 }\n\nfunc (s *Stats) Hit() { atomic.AddInt64(&s.n, 1) }\n\nfunc (s *Stats) Hits() int64 { return s.n }',
      right:
        'type Stats struct { n int64 }\n\nfunc (s *Stats) Hit() { atomic.AddInt64(&s.n, 1) }\n\nfunc (s *Stats) Hits() int64 { return atomic.LoadInt64(&s.n) }',
    },
  ],
  *run(all) {
    for (const uses of plainUses(all).values()) yield describe(uses);
  },
};

interface Plain {
  fn: FlowFunction;
  access: Access;
  atomic: Atomic;
}

/** The first plain access of each variable that is accessed atomically, by function and struct. */
function plainUses(all: Analysed): Map<string, [Plain, ...Plain[]]> {
  const found = new Map<string, [Plain, ...Plain[]]>();
  const atomics = atomicPlaces(all);
  if (atomics.size === 0) return found;
  const names = new Set([...atomics.keys()].map(lastOf));
  const told = new Set<string>();
  for (const fn of all.functions()) {
    for (const op of fn.ops) {
      for (const access of op.accesses ?? []) {
        const { place, write, address, node } = access;
        // A pointer to it under another name is not the variable.
        if (address || (node.type === 'identifier' && place.root.name !== node.text)) continue;
        const owner = names.has(lastOf(place.owner)) ? keyOf(all, place) : place.owner;
        const atomic = atomics.get(owner) ?? copied(access, atomics);
        if (!atomic || told.has(owner) || isOwn(access, fn, op) || (isTest(fn) && !isTest(atomic.op.fn))) continue;
        if (saysLocked(fn) || (write && isSetUp(fn)) || isBehindWait(op, fn)) continue;
        if (!write && isSource(all, place, owner, fn)) continue;
        // Under a lock somebody may have thought about it, unless those who write never hold that one.
        const held = locksAt(all, op);
        if (held.size > 0 && atomic.writers.some((one) => saysLocked(one.fn) || hasCommon(held, locksAt(all, one))))
          continue;
        told.add(owner);
        const key = `${fn.node.origin.base} ${fn.file.path} ${owner.slice(0, owner.lastIndexOf('.') + 1)}`;
        const known = found.get(key);
        if (known) known.push({ fn, access, atomic });
        else found.set(key, [{ fn, access, atomic }]);
      }
    }
  }
  return found;
}

const lastOf = (owner: string): string => owner.slice(owner.lastIndexOf('.') + 1);

function describe(uses: readonly [Plain, ...Plain[]]): Report {
  const [{ fn, access, atomic }, ...others] = uses;
  const more =
    others.length > 0 ? phrase`, and so ${others.length === 1 ? phrase`is` : phrase`are`} ${listed(others)}` : phrase``;
  const loads = uses.flatMap(load);
  return {
    fn,
    message: phrase`${access.node.text} is ${access.write ? phrase`written` : phrase`read`} plainly here, and with ${functionOf(atomic)} in ${atomic.op.fn.name}${more}`,
    explanation: [phrase`An atomic access orders nothing for those who access the variable plainly: a data race.`],
    sites: [
      siteAt(fn, access.node, phrase`plain access`, access.write ? 'write' : 'read'),
      siteAt(atomic.op.fn, atomic.op.node, phrase`atomic access`, 'atomic'),
      ...others.map((other) =>
        siteAt(other.fn, other.access.node, phrase`plain access too`, other.access.write ? 'write' : 'read'),
      ),
    ],
    fixes:
      loads.length === uses.length
        ? [
            {
              title:
                others.length > 0 ? phrase`Read them with ${titleOf(atomic)}` : phrase`Read it with ${titleOf(atomic)}`,
              edits: loads,
            },
          ]
        : [],
  };
}

const functionOf = ({ op }: Atomic): string => op.call!.node.childForFieldName('function')!.text;
const listed = (uses: readonly Plain[]): string => uses.map(({ access }) => access.node.text).join(', ');
const kindOf = ({ op }: Atomic): string | undefined => /^(?:Load|Store|Add)(.+)/u.exec(op.call!.method)?.[1];
const titleOf = (atomic: Atomic): string => `atomic.Load${kindOf(atomic)}`;

/** `atomic.LoadInt64(&s.n)` instead of `s.n`. */
function load({ fn: { file }, access: { node, write }, atomic }: Plain): ReportEdit[] {
  const kind = kindOf(atomic);
  if (write || kind === undefined) return [];
  return [{ file, start: node.startIndex, end: node.endIndex, text: `atomic.Load${kind}(&${node.text})` }];
}

const isTest = ({ file }: FlowFunction): boolean => /_test\.go$/u.test(file.path);

/** Owners of the locks that are held on some path. */
const locksAt = (all: Analysed, op: Op): ReadonlySet<string> =>
  new Set(heldAt(all, op).flatMap(({ owners }) => [...owners]));

const hasCommon = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  [...one].some((owner) => other.has(owner));

/** Before others have it, or when they are done with it. */
const isSetUp = ({ name }: FlowFunction): boolean => /^(?:init|reset|new)/iu.test(name.replace(/^.*\./u, ''));

/** Those who write it have been waited for. */
const isBehindWait = (op: Op, fn: FlowFunction): boolean =>
  fn.ops.some(({ kind, node }) => kind === 'wg-wait' && node.end <= op.node.start);

/** `return c.stats` reads all fields of the struct. */
function copied({ place, write, node }: Access, atomics: ReadonlyMap<string, Atomic>) {
  const type = place.type?.kind === 'named' ? place.type.name : undefined;
  if (write || type === undefined || place.path.length === 0 || node.parent?.type !== 'expression_list')
    return undefined;
  return [...atomics].find(([owner]) => owner.startsWith(`${type}.`))?.[1];
}

/** `atomic.AddInt64(&s.n, other.n)`: what is read is another object than the shared one. */
const isSource = (all: Analysed, { root }: Place, key: string, fn: FlowFunction): boolean =>
  fn.ops.some(({ call }) => {
    const place = call?.name.startsWith('sync/atomic.') ? call.argPlaces[0] : undefined;
    return place !== undefined && place.root !== root && keyOf(all, place) === key;
  });

/** Nobody else has it yet: it was made here, and not given away before. */
function isOwn(access: Access, fn: FlowFunction, op: Op): boolean {
  if (!isFresh(access, fn)) return false;
  const { root } = access.place;
  return (
    root.owner !== fn ||
    root.parameter !== undefined ||
    !fn.ops.some(
      (other) =>
        other.node.start > root.node.end &&
        other.node.end < op.node.start &&
        other.accesses?.some(
          ({ place, node }) =>
            place.root === root && place.path.length === 0 && /^literal_element$/u.test(node.parent?.type ?? ''),
        ),
    )
  );
}

/** Fields and package variables whose address goes to a writing function of sync/atomic. */
function atomicPlaces(all: Analysed): Map<string, Atomic> {
  const found = new Map<string, Atomic>();
  for (const fn of all.functions()) {
    for (const op of fn.ops) {
      const { call } = op;
      if (
        op.kind !== 'call' ||
        !call ||
        call.dynamic ||
        !/^sync\/atomic\.(?:Add|Store|Swap|CompareAndSwap|Or|And)/u.test(call.name)
      )
        continue;
      const place = call.argPlaces[0];
      const arg = call.args[0];
      if (!place || arg?.type !== 'unary_expression' || place.owner.startsWith('#') || place.owner.includes('['))
        continue;
      if (place.path.length > 0 && place.owner.startsWith('struct.')) continue;
      const key = keyOf(all, place);
      const known = found.get(key);
      if (known) known.writers.push(op);
      else found.set(key, { op, writers: [op] });
    }
  }
  return found;
}

/** What a struct has embedded is not that of another struct which embeds the same, wherever it stands in a third. */
function keyOf(all: Analysed, { root, path, owner }: Place): string {
  if (path.length === 0) return owner;
  let type = root.type;
  let holder = nameOf(type);
  for (const part of path.slice(0, -1)) {
    const of = all.pkg.underlying(type?.kind === 'pointer' ? type.to : type);
    if (part.startsWith('[')) type = of?.kind === 'map' || of?.kind === 'list' ? of.element : undefined;
    else type = all.pkg.field(type, part)?.field.type;
    if (type === undefined) return owner;
    holder = nameOf(type) ?? (holder === undefined ? undefined : `${holder}.${part}`);
  }
  return holder === undefined ? owner : `${holder}.${path.at(-1)}`;
}

/** Of a value that nobody else has yet: made in this function, or by a constructor. */
export function isFresh({ place: { root } }: Access, fn: { name: string; body: Syntax }): boolean {
  const value = root.value;
  if (value && /^&?[\w.[\]*]+\{/u.test(value.text)) return true;
  // Out of a sync.Pool.
  if (value && /\.Get\(\)\.\(/u.test(value.text)) return true;
  if (value && /^(?:new\(|(?:\w+\.)*(?:new|build|make)\w*\()/iu.test(value.text)) return true;
  if (root.owner === undefined && /^init(?:\.|$)/u.test(fn.name)) return true;
  // Of a struct value that was copied or declared here.
  if (root.owner && root.parameter === undefined && !value && root.type?.kind === 'named') return true;

  return false;
}
