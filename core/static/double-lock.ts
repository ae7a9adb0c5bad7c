/** The same mutex locked twice on one path. Mutexes of sync are not reentrant: the goroutine waits for itself. */
import type { Node } from 'web-tree-sitter';
import type { Check, CheckedFile } from './check';
import { rangeOf } from './document';
import type { StaticFinding } from './finding';
import { localTypes, mutexType } from './mutex-types';
import { type Domain, pathEnds } from './paths';
import {
  argumentsOf,
  assignedNames,
  callee,
  type GoFunction,
  mentions,
  neverReturns,
  rootName,
  statementsOf,
  withinFunction,
} from './syntax';

export const doubleLock: Check = {
  name: 'double-lock',
  summary: 'A mutex is locked again on a path that already holds it.',
  explanation:
    'A `sync.Mutex` does not know who holds it: a goroutine that locks it again waits for itself, for ever. Unlock it ' +
    'first, or split the function so that the inner part expects the lock to be held.',
  examples: {
    wrong:
      'func (c *Cache) Add(k string) {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tif c.Has(k) {\n\t\treturn\n\t}\n}\n\n' +
      'func (c *Cache) Has(k string) bool {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\treturn c.m[k]\n}',
    right:
      'func (c *Cache) Add(k string) {\n\tc.mu.Lock()\n\tdefer c.mu.Unlock()\n\tif c.has(k) {\n\t\treturn\n\t}\n}\n\n' +
      '// has expects c.mu to be held.\nfunc (c *Cache) has(k string) bool { return c.m[k] }',
  },
  run,
};

/** Operand as written → how it is held and since which call. */
type Held = ReadonlyMap<string, { shared: boolean; since: Node }>;

interface LockCall {
  operand: string;
  method: 'Lock' | 'RLock' | 'Unlock' | 'RUnlock';
}

/** What a method does to locks of its receiver, as `.mu`: taken on every path, before they are released. */
interface Summary {
  takes: ReadonlyMap<string, { shared: boolean; at: Node }>;
  /** It releases a lock it has not taken, or may. */
  releases: boolean;
}

/** `m.mu`, `locks[i]`; not the result of a call. */
const OPERAND = /^[*&(]*[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*|\[[\p{L}\p{N}_."]+\])*\)*$/u;

function lockCall(node: Node, isMutex: (operand: string) => boolean): LockCall | undefined {
  if (node.type !== 'call_expression' || argumentsOf(node).length > 0) return undefined;
  const target = callee(node);
  const method = target?.method;
  if (method !== 'Lock' && method !== 'RLock' && method !== 'Unlock' && method !== 'RUnlock') return undefined;
  const operand = target!.operand?.text ?? '';
  return OPERAND.test(operand) && isMutex(operand) ? { operand, method } : undefined;
}

function run(file: CheckedFile): StaticFinding[] {
  const summaries = new Map<string, Summary>();
  const methods = new Map<string, GoFunction>();
  for (const one of file.functions) {
    if (one.receiver) methods.set(`${one.receiver.type}.${methodName(one)}`, one);
  }
  const isMutexIn = (of: GoFunction): ((operand: string) => boolean) => {
    const locals = localTypes(file.functions, of);
    return (operand) => mutexType(operand, file.types, locals) === 'mutex';
  };
  const summaryOf = (type: string, name: string): Summary | undefined => {
    const key = `${type}.${name}`;
    const method = methods.get(key);
    if (!method) return undefined;
    const known = summaries.get(key);
    if (known) return known;
    // Stands while a recursive method is being looked at.
    summaries.set(key, { takes: new Map(), releases: false });
    const summary = summarise(method, isMutexIn(method), (inner) => summaryOf(type, inner));
    summaries.set(key, summary);
    return summary;
  };
  const findings: StaticFinding[] = [];
  for (const one of file.functions) {
    // Most functions have nothing to do with locks; asking the text first keeps typing quick.
    if (!/Lock\(\)/u.test(one.body.text)) continue;
    findings.push(...checkFunction(file, one, isMutexIn(one), summaryOf));
  }
  return findings;
}

const methodName = ({ name }: GoFunction): string => name.slice(name.lastIndexOf('.') + 1);

/** The method that `call` calls on the receiver of `of`. */
function calledOnReceiver(call: Node, of: GoFunction): string | undefined {
  const target = callee(call);
  return of.receiver && target?.operand?.text === of.receiver.name ? target.method : undefined;
}

/** Statements that certainly run, in order: those before the first that may leave. */
function summarise(
  method: GoFunction,
  isMutex: (operand: string) => boolean,
  summaryOf: (name: string) => Summary | undefined,
): Summary {
  const takes = new Map<string, { shared: boolean; at: Node }>();
  const { name } = method.receiver!;
  let releases = false;
  const released = new Set<string>();
  // A flag such as `locked bool` may say that the caller holds the lock; then only what comes before any test is certain.
  const flags = /\bbool\b/u.test(method.node.childForFieldName('parameters')?.text ?? '');
  let certain = true;
  for (const statement of statementsOf(method.body)) {
    const deferred = statement.type === 'defer_statement' || statement.type === 'go_statement';
    const calls = deferred ? [] : withinFunction(statement, ['call_expression']);
    for (const call of calls) {
      const lock = lockCall(call, isMutex);
      const own =
        lock && rootName(lock.operand) === name
          ? lock.operand.slice(lock.operand.indexOf(name) + name.length)
          : undefined;
      if (lock && own !== undefined && (lock.method === 'Unlock' || lock.method === 'RUnlock')) {
        if (!takes.has(own)) releases = true;
        released.add(own);
      } else if (lock && own !== undefined) {
        const direct = statement.type === 'expression_statement';
        if (certain && direct && !takes.has(own) && !released.has(own)) {
          takes.set(own, { shared: lock.method === 'RLock', at: call });
        }
      } else {
        const inner = calledOnReceiver(call, method);
        const summary = inner === undefined ? undefined : summaryOf(inner);
        if (summary?.releases) releases = true;
        if (certain && summary && statement.type !== 'if_statement' && statement.type !== 'for_statement') {
          for (const [key, how] of summary.takes) if (!takes.has(key) && !released.has(key)) takes.set(key, how);
        }
      }
    }
    const leaves = withinFunction(statement, ['return_statement', 'goto_statement']).length > 0;
    if (leaves && flags) certain = false;
  }
  return { takes, releases };
}

function checkFunction(
  file: CheckedFile,
  of: GoFunction,
  isMutex: (operand: string) => boolean,
  summaryOf: (type: string, name: string) => Summary | undefined,
): StaticFinding[] {
  const found = new Map<number, StaticFinding>();
  const unlockers = localUnlockers(of);
  const handedOver = handedOverBy(of);

  const report = (
    call: Node,
    held: { shared: boolean; since: Node },
    operand: string,
    inner?: { name: string; at: Node; shared: boolean },
  ): void => {
    if (found.has(call.id)) return;
    const again = inner ? inner.shared : callee(call)?.method === 'RLock';
    const since = rangeOf(file.document, held.since);
    const verb = (shared: boolean): string => (shared ? 'read-locked' : 'locked');
    const sameCall = held.since.id === call.id;
    const before = sameCall ? 'by an earlier iteration' : `in line ${since.start.line}`;
    const message = inner
      ? `${inner.name} locks ${operand}, which is already ${verb(held.shared)} ${before}`
      : `${operand} is ${verb(again)} again; it is already ${verb(held.shared)} ${before}`;
    const operation = again ? 'rlock' : 'lock';
    found.set(call.id, {
      check: 'double-lock',
      message,
      explanation: [
        sameCall
          ? `The loop comes back to line ${since.start.line} without unlocking ${operand}.`
          : `${operand} is ${verb(held.shared)} in line ${since.start.line} and not unlocked on the way to line ${rangeOf(file.document, call).start.line}.`,
        ...(inner ? [`${inner.name} locks it in line ${rangeOf(file.document, inner.at).start.line}.`] : []),
        held.shared || again
          ? 'A writer that comes between a read lock and the next lock of the same goroutine makes both wait for ever.'
          : 'A mutex of sync cannot be taken twice by the same goroutine: it waits for itself.',
      ],
      function: of.name,
      sites: [
        { range: rangeOf(file.document, call), role: 'locks again', operation },
        ...(sameCall
          ? []
          : [
              {
                range: since,
                role: `${operand} is ${verb(held.shared)} here`,
                operation: held.shared ? 'rlock' : 'lock',
              },
            ]),
        ...(inner ? [{ range: rangeOf(file.document, inner.at), role: `${inner.name} locks it here`, operation }] : []),
      ],
      fixes: [],
    });
  };

  const applyCall = (call: Node, state: Held): Held => {
    const lock = lockCall(call, (operand) => isMutex(operand) && !handedOver.has(operand));
    if (lock) {
      const after = new Map(state);
      if (lock.method === 'Unlock' || lock.method === 'RUnlock') after.delete(lock.operand);
      else {
        const shared = lock.method === 'RLock';
        const held = state.get(lock.operand);
        if (held && !(held.shared && shared)) report(call, held, lock.operand);
        after.set(lock.operand, { shared, since: call });
      }
      return after;
    }
    if (state.size === 0) return state;
    const target = callee(call);
    if (!target) return state;
    // Whoever is given the lock, or is called unlock, may release it.
    if (/unlock/iu.test(target.method) || unlockers.has(target.method)) return new Map();
    const given = argumentsOf(call).map(({ text }) => text.replace(/^&/u, ''));
    const kept = new Map([...state].filter(([operand]) => !given.includes(operand)));
    const name = calledOnReceiver(call, of);
    const summary = name === undefined ? undefined : summaryOf(of.receiver!.type, name);
    if (!summary) return kept;
    for (const [suffix, { shared, at }] of summary.takes) {
      const operand = of.receiver!.name + suffix;
      const held = kept.get(operand);
      if (held && !(held.shared && shared)) report(call, held, operand, { name: name!, at, shared });
    }
    return summary.releases ? new Map() : kept;
  };

  const domain: Domain<Held> = {
    key: (state) =>
      [...state]
        .map(([operand, { shared, since }]) => `${operand}/${shared}/${since.id}`)
        .sort()
        .join(),
    step(node, state) {
      // A deferred call runs at the return, a go statement elsewhere.
      if (node.type === 'defer_statement' || node.type === 'go_statement') return state;
      let after = state;
      const calls = withinFunction(node, ['call_expression']);
      // Inner calls are evaluated before the call they are arguments of.
      for (const call of calls.sort((a, b) => a.endIndex - b.endIndex)) {
        if (neverReturns(call)) return undefined;
        after = applyCall(call, after);
      }
      const assigned = assignedNames(node);
      if (assigned.length === 0 || after.size === 0) return after;
      return new Map([...after].filter(([operand]) => !assigned.some((name) => replaces(name, operand))));
    },
  };
  pathEnds(domain, statementsOf(of.body), new Map());
  return [...found.values()];
}

/** Whether an assignment to `name` makes `operand` mean another mutex. */
function replaces(name: string, operand: string): boolean {
  if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) return mentions(operand, name);
  return operand === name || operand.startsWith(`${name}.`) || operand.startsWith(`${name}[`);
}

/** Local variables that hold a function which unlocks something: `unlock := func() { mu.Unlock() }`. */
function localUnlockers(of: GoFunction): Set<string> {
  const names = new Set<string>();
  for (const literal of of.body.descendantsOfType('func_literal')) {
    const declaration = literal.parent?.parent;
    if (declaration && /Unlock\(\)/u.test(literal.text)) for (const name of assignedNames(declaration)) names.add(name);
  }
  return names;
}

/** Mutexes that a function literal unlocks without having locked them: `mu.Lock(); go func() { …; mu.Unlock() }(); mu.Lock()`. */
function handedOverBy(of: GoFunction): Set<string> {
  const operands = new Set<string>();
  for (const literal of of.body.descendantsOfType('func_literal')) {
    // A deferred literal runs when the function is left, and then the lock is the function's own.
    if (literal.parent?.parent?.type === 'defer_statement') continue;
    const calls = [...literal.text.matchAll(/([\p{L}\p{N}_.[\]]+)\.(R?Lock|R?Unlock)\(\)/gu)];
    const locked = new Set(calls.filter(([, , method]) => method!.endsWith('Lock')).map(([, operand]) => operand!));
    for (const [, operand, method] of calls)
      if (method!.endsWith('nlock') && !locked.has(operand!)) operands.add(operand!);
  }
  return operands;
}
