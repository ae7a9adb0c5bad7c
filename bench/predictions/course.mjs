// How a run that ended wrongly differs from one that passed.
import { executionOf } from '../../core/analyse/lowering/lower.ts';
import { factsOf } from '../../core/analyse/reorder/facts.ts';
import { changes, HEAR, isAccess, observes, RECEIVE, SEND, TELL } from '../../core/trace/execution/actions.ts';
import { ABSENT, eventsOf, siteAt } from '../../core/trace/trace.ts';

/**
 * From the least difference on. `order`: every goroutine does what it did, as far as it comes, with what it read and
 * received then: a correct reordering, which one passing run suffices to predict. `value`: the same with something else
 * read or received. `course`: somebody does something else: another case or branch, a try that does not succeed.
 */
export const COURSES = ['order', 'value', 'course'];

/** Nobody else has to do with these; how far a goroutine came is told by the others. */
const ENDS = new Set(['end', 'exit', 'panic', 'test-end', 'fire', 'clock', 'select-case', 'child-wait']);

/** `lines`: of the failing run, `file:line` where it is told to go wrong. */
export function courseOf(passing, failing, lines) {
  const before = operationsOf(passing);
  const after = operationsOf(failing);
  const panicked = new Set(
    [...eventsOf(failing)].filter(({ operation }) => operation === 'panic').map((event) => pathOf(failing, event)),
  );
  let [doesOther, getsOther] = [false, false];
  /** Events of the passing run, each with the one of the failing run at which it comes there. */
  const moved = [];
  for (const [path, { operations, pending }] of after) {
    const own = before.get(path)?.operations ?? [];
    let at = 0;
    /** Accesses are not told in every run. */
    const passOver = (event, does) => {
      for (; own[at]?.access && own[at].does !== does; at++) moved.push([event, own[at].event]);
    };
    for (const { event, does, got, access } of operations) {
      passOver(event, does);
      if (own[at]?.does === does) {
        getsOther ||= own[at].got !== got && !access;
        moved.push([event, own[at++].event]);
      } else if (!access) {
        // Behind the operation that panics come those that were deferred.
        doesOther ||= !(panicked.has(path) && lines.has(own[at]?.place));
        break;
      }
    }
    if (pending) passOver(pending.event, '');
    doesOther ||= pending !== undefined && own[at]?.at !== pending.at;
    if (!pending && panicked.has(path)) passOver(failing.count, '');
  }
  if (doesOther) return 'course';
  return getsOther || !keepsValues(passing, moved) ? 'value' : 'order';
}

/** Everybody reads what he read. */
function keepsValues(trace, moved) {
  const execution = executionOf(trace);
  const { action, target, source, count } = execution;
  const { from } = factsOf(execution);
  const accesses = new Map();
  for (let at = 0; at < count; at++) {
    if (isAccess(action[at])) accesses.set(source[at], [...(accesses.get(source[at]) ?? []), at]);
  }
  const newest = new Map();
  const inOrder = moved.toSorted(([one], [other]) => one - other).flatMap(([, event]) => accesses.get(event) ?? []);
  return inOrder.every((access) => {
    const variable = target[access];
    const isKept = !observes(action[access]) || (newest.get(variable) ?? ABSENT) === from[access];
    if (changes(action[access])) newest.set(variable, access);
    return isKept;
  });
}

const pathOf = (trace, { goroutine }) => trace.header.goroutines[goroutine].path;

/** Of each goroutine what it completed or tried in vain, and from whom it got what it read or received; what it waits for. */
function operationsOf(trace) {
  const all = new Map();
  const told = new Map();
  const times = new Map();
  for (const event of eventsOf(trace)) {
    if (ENDS.has(event.operation)) continue;
    const path = pathOf(trace, event);
    const own = all.get(path) ?? { operations: [] };
    all.set(path, own);
    const site = siteAt(trace, event.site);
    const at = `${event.operation} ${site?.id}`;
    own.pending = event.phase === 'block' ? { event: event.index, at } : undefined;
    if (own.pending) continue;
    const direction = event.operation === 'receive' || event.operation === 'wg-add' ? event.argument : 0;
    const does = [at, event.aux, event.phase === 'refused', direction].join();
    const nth = (times.get(`${path} ${does}`) ?? 0) + 1;
    times.set(`${path} ${does}`, nth);
    const access = event.operation === 'read' || event.operation === 'write';
    const place = site && `${site.file}:${site.line}`;
    const operation = { event: event.index, at, does, access, place, got: '', name: `${path} ${does} ${nth}` };
    own.operations.push(operation);
    told.set(event.index, operation);
  }
  for (const [event, source] of sourcesOf(trace)) {
    const operation = told.get(event);
    if (operation && told.has(source)) operation.got += `${told.get(source).name};`;
  }
  return all;
}

/** Events with the write, the send or the rendezvous they have their value from. */
function* sourcesOf(trace) {
  const execution = executionOf(trace);
  const { action, target, detail, source, count } = execution;
  const { from } = factsOf(execution);
  const told = new Map();
  for (let at = 0; at < count; at++) {
    if (action[at] === SEND) told.set(`${target[at]} ${detail[at]}`, source[at]);
    else if (action[at] === TELL) told.set(target[at], source[at]);
    else if (action[at] === RECEIVE) yield [source[at], told.get(`${target[at]} ${detail[at]}`)];
    else if (action[at] === HEAR) yield [source[at], told.get(target[at])];
    else if (isAccess(action[at]) && observes(action[at])) yield [source[at], source[from[at]]];
  }
}
