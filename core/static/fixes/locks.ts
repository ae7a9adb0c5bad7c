/** Fixes that move the release of a lock, or take one. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { ReportFix } from '../check';
import type { Hold } from '../flow/locks';
import { type FlowFunction, family, type Op, placeKey } from '../flow/operations';
import { mayTake } from '../flow/taken-locks';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { atStart, isSimple, lineAfter, lineBefore, nextOf, removeLine, statementOf } from './edits';

const words = (shared: boolean): { lock: string; unlock: string } =>
  shared ? { lock: 'RLock', unlock: 'RUnlock' } : { lock: 'Lock', unlock: 'Unlock' };

const isSame = (op: Op, key: string): boolean => op.place !== undefined && placeKey(op.place) === key;

/** The operations of one kind on a lock, with those that are deferred; undefined when a literal has some, too. */
function opsOn(fn: FlowFunction, kind: 'lock' | 'unlock', lock: Op): Op[] | undefined {
  const { place } = lock;
  if (!place) return undefined;
  const inLiterals = fn.literals
    .flatMap(family)
    .some(({ ops }) =>
      ops.some((op) => (op.inner ?? op).kind === kind && (op.inner ?? op).place?.owner === place.owner),
    );
  if (inLiterals) return undefined;
  return fn.ops.filter((op) => (op.inner ?? op).kind === kind && isSame(op.inner ?? op, placeKey(place)));
}

/** `defer mu.Unlock()` behind the lock instead of the unlocks at the ends, where nothing else comes behind them. */
export function deferUnlock(fn: FlowFunction, lock: Op): ReportFix[] {
  const unlocks = opsOn(fn, 'unlock', lock) ?? [];
  const at = statementOf(lock.node);
  const mutex = lock.call?.receiverNode?.text;
  if (mutex === undefined || unlocks.length === 0 || opsOn(fn, 'lock', lock)?.length !== 1) return [];
  if (at.type !== 'expression_statement' || at.parent?.parent !== fn.body) return [];
  const statements = unlocks.map(({ node }) => statementOf(node));
  if (!unlocks.every(({ kind }) => kind === 'unlock') || !statements.every((it) => comesLast(it, fn))) return [];
  const { unlock } = words(lock.shared === true);
  return [
    {
      title: phrase`Defer ${mutex}.${unlock}()`,
      edits: [
        lineAfter(fn.file, at, `defer ${mutex}.${unlock}()`),
        ...statements.map((statement) => removeLine(fn.file, statement)),
      ],
    },
  ];
}

/** Only a return that calls nothing comes behind it. */
function comesLast(statement: Syntax, fn: FlowFunction): boolean {
  if (statement.type !== 'expression_statement') return false;
  const next = nextOf(statement);
  if (!next) return statement.parent?.parent === fn.body;
  return next.type === 'return_statement' && next.descendantsOfType('call_expression').length === 0;
}

/** Gives the lock back before a statement that waits, and takes it again behind it when it is still needed. */
export function releaseAround(op: Op, hold: Hold, does: Phrase): ReportFix[] {
  const statement = statementOf(op.node);
  const { since, shared } = hold;
  const mutex = since.call?.receiverNode?.text;
  if (since.kind !== 'lock' || since.fn !== op.fn || mutex === undefined || !isSimple(statement)) return [];
  const { file } = op.fn;
  const { lock, unlock } = words(shared);
  const before = lineBefore(file, statement, `${mutex}.${unlock}()`);
  const next = nextOf(statement);
  if (next?.text === `${mutex}.${unlock}()`)
    return [{ title: phrase`Unlock ${mutex} before it ${does}`, edits: [before, removeLine(file, next)] }];
  return [
    {
      title: phrase`Release ${mutex} while it ${does}`,
      edits: [before, lineAfter(file, statement, `${mutex}.${lock}()`)],
    },
  ];
}

/** Unlock in front of a second lock, where one unlock has to do for both. */
export function unlockBefore(op: Op, hold: Hold): ReportFix[] {
  const { since, shared } = hold;
  const mutex = since.call?.receiverNode?.text;
  const unlocks = opsOn(op.fn, 'unlock', op);
  const statement = statementOf(op.node);
  if (since.kind !== 'lock' || since === op || since.fn !== op.fn || mutex === undefined) return [];
  if (unlocks?.length !== 1 || statement.type !== 'expression_statement') return [];
  const [only] = unlocks;
  if ((only!.inner ?? only!).shared !== op.shared || only!.node.start < op.node.start) return [];
  const { unlock } = words(shared);
  return [
    {
      title: phrase`${unlock} ${mutex} first`,
      edits: [lineBefore(op.fn.file, statement, `${mutex}.${unlock}()`)],
    },
  ];
}

/** Takes unlocks out that a deferred one makes superfluous, or the second of two. */
export function unlockOnce(op: Op, earlier: Op, lock: Op): ReportFix[] {
  const { fn } = op;
  if (opsOn(fn, 'lock', lock)?.length !== 1) return [];
  const deferred = op.node.parent?.type === 'defer_statement';
  const all = deferred ? (opsOn(fn, 'unlock', lock) ?? []).filter(({ kind }) => kind === 'unlock') : [op];
  const statements = all.map(({ node }) => statementOf(node));
  if (statements.length === 0 || statements.some(({ type }) => type !== 'expression_statement')) return [];
  const what = deferred ? earlier.node.text : op.node.text;
  return [
    {
      title: deferred ? phrase`Leave ${what} to the deferred call` : phrase`Take the second unlock out`,
      edits: statements.map((statement) => removeLine(fn.file, statement)),
    },
  ];
}

/** The lock of the receiver (`T.mu`) for the whole method, where that neither waits nor takes it by itself. */
export function lockForAll(all: Analysed, fn: FlowFunction, lock: string, write: boolean): ReportFix[] {
  const { receiver, declared } = fn;
  const [type, field] = [lock.slice(0, lock.indexOf('.')), lock.slice(lock.indexOf('.') + 1)];
  if (fn.use !== 'declared' || !declared || !receiver || receiver.name === '' || receiver.name === '_') return [];
  if (nameOf(receiver.type) !== type || field.includes('.') || mayTake(all, fn).size > 0) return [];
  if (fn.ops.some(({ kind }) => WAITS.includes(kind))) return [];
  const mutex = all.pkg.field(receiver.type, field)?.field;
  const shared = !write && nameOf(mutex?.type) === 'sync.RWMutex';
  const { lock: take, unlock } = words(shared);
  const name = `${receiver.name}.${field}`;
  const edits = atStart(fn.file, fn.body, [`${name}.${take}()`, `defer ${name}.${unlock}()`]);
  return edits.length === 0 ? [] : [{ title: phrase`Hold ${name} in ${fn.name}`, edits }];
}

const WAITS: readonly Op['kind'][] = ['send', 'receive', 'select', 'wg-wait', 'cond-wait', 'once', 'lock'];
