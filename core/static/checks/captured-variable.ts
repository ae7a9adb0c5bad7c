/** A local variable that goroutines write without anything that puts the writes in order. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { lockFacts } from '../flow/locks';
import {
  type Access,
  type FlowFunction,
  type FlowNode,
  family,
  loopsAround,
  type Op,
  type Variable,
} from '../flow/operations';
import { nameOf } from '../source/types';
import { isBefore } from './loopclosure';
import { lineAt, site, siteAt } from './reporting';

export const capturedVariable: Check = {
  name: 'captured-variable',
  title: 'Captured variable without synchronisation',
  summary: 'A goroutine writes a variable of the function around it while that function or another goroutine uses it.',
  explanation:
    'Nothing orders the accesses: a data race. Give each goroutine its own variable (`err := f()`), send the result over ' +
    'a channel, or guard the variable with a lock. `append` to a shared slice and writes to a shared map are the same.',
  cwe: 362,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func All(jobs []func() error) error {\n\tvar err error\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\terr = job()\n\t\t}()\n\t}\n\twg.Wait()\n\treturn err\n}',
      right:
        'func All(jobs []func() error) error {\n\tvar mu sync.Mutex\n\tvar err error\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tmu.Lock()\n\t\t\terr = job()\n\t\t\tmu.Unlock()\n\t\t}()\n\t}\n\twg.Wait()\n\treturn err\n}',
    },
    {
      wrong:
        'func Load(a, b func() error) error {\n\tvar err error\n\tdone := make(chan bool, 1)\n\tgo func() {\n\t\terr = a()\n\t\tdone <- true\n\t}()\n\terr = b()\n\t<-done\n\treturn err\n}',
      right:
        'func Load(a, b func() error) error {\n\terrs := make(chan error, 1)\n\tgo func() {\n\t\terrs <- a()\n\t}()\n\terr := b()\n\tif other := <-errs; other != nil {\n\t\terr = other\n\t}\n\treturn err\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const go of fn.ops) {
        const literal = go.kind === 'go' ? all.target(go.target) : undefined;
        if (literal?.parent) yield* check(all, fn, go, literal);
      }
    }
  },
};

function check(all: Analysed, fn: FlowFunction, go: Op, literal: FlowFunction): Report[] {
  const reports: Report[] = [];
  const told = new Set<Variable>();
  const inside = accessesOf(all, literal);
  for (const { access, op, guarded, ordered } of inside) {
    const { root } = access.place;
    if (guarded || told.has(root) || !isShared(access, literal, all.pkg.goVersion)) continue;
    // One goroutine after the other: a loop that waits in each round starts the next only then.
    if (access.write && !ordered) {
      const loop = loopsAround(go.node, fn).find((it) => root.node.start < it.start || root.node.start >= it.end);
      const outer = loop && !(root.node.start >= loop.start && root.node.end <= loop.end) ? loop : undefined;
      if (outer && !waitsIn(fn, outer) && !exclusive(access, literal)) {
        told.add(root);
        reports.push(several(op, access, go));
        continue;
      }
    }
    const other = accessBehind(all, fn, go, literal, root, access.write, access.place.path);
    if (other && !told.has(root)) {
      told.add(root);
      reports.push(both(op, access, go, fn, other));
    }
  }
  return reports;
}

interface Inside {
  access: Access;
  op: Op;
  guarded: boolean;
  /** Behind a wait for somebody else. */
  ordered: boolean;
}

function accessesOf(all: Analysed, literal: FlowFunction): Inside[] {
  const { at } = lockFacts(all, literal);
  const found: Inside[] = [];
  let ordered = false;
  for (const op of [...at.keys()].sort((a, b) => a.node.startIndex - b.node.startIndex)) {
    if (op.kind === 'receive' || op.kind === 'select' || op.kind === 'wg-wait' || op.kind === 'cond-wait')
      ordered = true;
    if (op.kind !== 'access') continue;
    const states = at.get(op)!;
    const guarded = states.some((held) => held.size > 0);
    for (const access of op.accesses ?? []) if (!access.address) found.push({ access, op, guarded, ordered });
  }
  return found;
}

/** A plain variable, or an element of a map, that the function around declares. */
function isShared({ place, write }: Access, literal: FlowFunction, goVersion: string | undefined): boolean {
  const { root, path } = place;
  // Since Go 1.22 each round has its own.
  if (root.loop && !isBefore(goVersion, 22)) return false;
  // Declared by a function around; a closure that the goroutine calls has variables of its own.
  if (
    root.owner === undefined ||
    !isWithin(literal, root.owner) ||
    root.owner === literal ||
    root.alias ||
    root.name === '_'
  )
    return false;
  if (root.node.start >= literal.node.start && root.node.end <= literal.node.end) return false;
  if (path.length === 0) return !/^(?:channel)$/u.test(root.type?.kind ?? '') || write;
  return path.length === 1 && path[0]!.startsWith('[') && root.type?.kind === 'map' && write;
}

function isWithin(owner: FlowFunction, literal: FlowFunction): boolean {
  for (let at: FlowFunction | undefined = owner; at; at = at.parent) if (at === literal) return true;
  return false;
}

/** `if i == 0 { x = … }`: one of the goroutines writes; `x.Do`, compare-and-swap and the like say so as well. */
function exclusive({ node }: Access, literal: FlowFunction): boolean {
  for (let at = node.parent; at && at !== literal.body; at = at.parent) {
    if (at.type === 'if_statement' || at.type === 'expression_case') {
      const head = `${at.childForFieldName('initializer')?.text ?? ''} ${at.childForFieldName('condition')?.text ?? at.childForFieldName('value')?.text ?? ''}`;
      if (/atomic\.|CompareAndSwap|Swap\(|TryLock|==\s*0|== len/u.test(head)) return true;
    }
    if (at.type === 'func_literal' && /\.Do$/u.test(at.parent?.parent?.childForFieldName('function')?.text ?? ''))
      return true;
  }
  return false;
}

const ORDERING: readonly Op['kind'][] = ['receive', 'select', 'wg-wait', 'cond-wait', 'lock', 'send', 'close'];

function waitsIn(fn: FlowFunction, loop: { start: number; end: number }): boolean {
  return fn.ops.some(
    (op) =>
      ORDERING.includes(op.kind) &&
      op.kind !== 'send' &&
      op.kind !== 'close' &&
      op.node.start >= loop.start &&
      op.node.end <= loop.end &&
      !op.range,
  );
}

/** The first access of the function behind the go statement, on a path without anything that could order the two. */
function accessBehind(
  all: Analysed,
  fn: FlowFunction,
  go: Op,
  literal: FlowFunction,
  variable: Variable,
  written: boolean,
  path: readonly string[],
): { access: Access; op: Op } | undefined {
  const start = fn.nodes.find(({ op }) => op === go);
  if (!start) return undefined;
  const shared = outside(literal, variable);
  const seen = new Set<FlowNode>();
  const work = start.next.map(({ to }) => to);
  while (work.length > 0) {
    const node = work.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    const { op } = node;
    if (op) {
      if (ORDERING.includes(op.kind)) continue;
      // A call may wait for the goroutine in ways that are not seen.
      if (op.kind === 'call' && mayOrder(all, op, shared)) continue;
      // The next round of a loop that declares it makes a new one.
      const declares = op.accesses?.some(({ place, node: at }) => place.root === variable && at === variable.node);
      if (declares) continue;
      const access = op.accesses?.find(
        ({ place, write, address }) =>
          !address &&
          place.root === variable &&
          (write || written) &&
          (path.length === 0 ? place.path.length === 0 : true),
      );
      if (
        access &&
        lockFacts(all, fn)
          .at.get(op)
          ?.every((held) => held.size === 0) !== false
      )
        return { access, op };
    }
    for (const { to } of node.next) work.push(to);
  }
  return undefined;
}

/** Names of what the goroutine shares with the function around, by which a call could wait for it. */
function outside(literal: FlowFunction, variable: Variable): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { ops } of family(literal)) {
    for (const op of ops) {
      const places = [
        op.place,
        op.call?.receiver,
        ...(op.call?.argPlaces ?? []),
        ...(op.accesses ?? []).map(({ place }) => place),
      ];
      for (const place of places) {
        const root = place?.root;
        if (
          root?.owner &&
          root !== variable &&
          !isWithin(root.owner, literal) &&
          !/^testing\./u.test(nameOf(root.type) ?? '')
        )
          names.add(root.name);
      }
    }
  }
  return names;
}

/** A call can wait for the goroutine only by what both know of. */
function mayOrder(all: Analysed, { call }: Op, shared: ReadonlySet<string>): boolean {
  if (!call) return true;
  if (call.node.descendantsOfType('identifier').some(({ text }) => shared.has(text))) return true;
  const target = all.target(call.target);
  return target?.ops.some((op) => ORDERING.includes(op.kind) && op.place?.root.owner === undefined) === true;
}

function several(op: Op, { place, node }: Access, go: Op): Report {
  const name = place.root.name;
  const what = place.path.length > 0 ? phrase`the map ${name}` : name;
  return {
    fn: op.fn,
    message: phrase`Several goroutines write ${what} without synchronisation: the loop in line ${lineAt(go.fn.file, go.node)} starts one in each round`,
    explanation: [
      phrase`${name} is declared outside of the loop, so all goroutines share it.`,
      phrase`Nothing orders their writes: a data race.`,
    ],
    sites: [
      siteAt(op.fn, node, phrase`written by each goroutine`, 'write'),
      site(go, phrase`the goroutines are started here`, 'go'),
      siteAt(go.fn, place.root.node, phrase`${name} is declared here`, 'variable'),
    ],
  };
}

function both(op: Op, { place, node, write }: Access, go: Op, fn: FlowFunction, other: { access: Access }): Report {
  const name = place.root.name;
  const verb = (writes: boolean): Phrase => (writes ? phrase`writes` : phrase`reads`);
  return {
    fn: op.fn,
    message: phrase`This goroutine ${verb(write)} ${name} while ${fn.name} ${verb(other.access.write)} it in line ${lineAt(fn.file, other.access.node)}`,
    explanation: [
      phrase`The goroutine runs from line ${lineAt(fn.file, go.node)} on.`,
      phrase`Nothing stands between that and line ${lineAt(fn.file, other.access.node)}, so the two accesses are in no order: a data race.`,
    ],
    sites: [
      siteAt(op.fn, node, phrase`${verb(write)} ${name}`, write ? 'write' : 'read'),
      siteAt(
        fn,
        other.access.node,
        phrase`${verb(other.access.write)} it at the same time`,
        other.access.write ? 'write' : 'read',
      ),
      site(go, phrase`the goroutine is started here`, 'go'),
    ],
  };
}
