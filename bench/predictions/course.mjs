// How a run that ended wrongly differs from one that passed.
import { executionOf } from '../../core/analyse/lowering/lower.ts';
import { factsOf } from '../../core/analyse/reorder/facts.ts';
import { HEAR, isAccess, observes, RECEIVE, SEND, TELL } from '../../core/trace/execution/actions.ts';
import { eventsOf, siteAt } from '../../core/trace/trace.ts';

/**
 * From the least difference on. `order`: every goroutine does what it did, as far as it comes, with what it read and
 * received then: a correct reordering, which one passing run suffices to predict. `value`: the first that differs is what
 * somebody read or received. `course`: the first that differs is what somebody did: another case or branch, a try that did
 * not succeed.
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
  let first = { at: Number.POSITIVE_INFINITY, course: 'order' };
  const note = (at, course) => {
    if (at < first.at) first = { at, course };
  };
  for (const [path, { operations, pending }] of after) {
    const own = before.get(path)?.operations ?? [];
    let at = 0;
    /** What is not told of a variable while one goroutine alone has used it: it has read nothing of others. */
    const passOver = (event, does) => {
      while (own[at]?.access && own[at].does !== does) if (isOthers(path, own[at++].got)) note(event, 'value');
    };
    for (const { event, does, got, access } of operations) {
      passOver(event, does);
      if (own[at]?.does !== does) {
        if (!access) note(event, panicked.has(path) && lines.has(own[at]?.place) ? 'order' : 'course');
        else if (isOthers(path, got)) note(event, 'value');
        if (!access) break;
      } else if (own[at++].got !== got) note(event, 'value');
    }
    if (pending) passOver(pending.event, '');
    if (pending && own[at]?.at !== pending.at) note(pending.event, 'course');
    if (!pending && panicked.has(path)) passOver(failing.count, '');
  }
  return first.course;
}

const pathOf = (trace, { goroutine }) => trace.header.goroutines[goroutine].path;
const isOthers = (path, got) => got.split(';').some((from) => from !== '' && !from.startsWith(`${path} `));

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
