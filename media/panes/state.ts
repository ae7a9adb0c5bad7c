/** What holds right after the chosen event: goroutines, channels, locks, wait groups. */
import { around, element } from '../elements';
import { t } from '../words';
import type { Moment } from '../worker-messages';
import { link, type PaneActions, placeLink } from './actions';
import { callItems, callOf } from './calls';

/** Rows of a table at most: nobody reads a thousand. Those who wait come first. */
const MOST = 60;

/** To note the stack of each event would disturb a run that Go schedules, and one that dies cannot write them. */
const withoutCalls = (): string =>
  t`Only the function of each is known: call stacks are kept of runs that were replayed to their end.`;

type GoroutineMoment = Moment['goroutines'][number];
type Party = { goroutine: number; event: number };
type Name = (goroutine: number) => string;

export function statePane(moment: Moment, name: Name, actions: PaneActions): HTMLElement {
  const pane = element('div', { class: 'state' });
  pane.append(
    ...table(t`Goroutines`, [t`goroutine`, t`is`, t`holds`, t`stands at`], goroutineRows(moment, actions)),
    ...(moment.hasCalls ? [] : [element('p', { class: 'quiet' }, withoutCalls())]),
    ...table(
      t`Channels`,
      [t`channel`, t`in it`, t`senders waiting`, t`receivers waiting`],
      channelRows(moment, name, actions),
    ),
    ...table(t`Locks`, [t`lock`, t`held by`, t`queue`], lockRows(moment, name, actions)),
    ...table(t`Wait groups`, [t`wait group`, t`counter`, t`waiting`], groupRows(moment, name, actions)),
    ...table(t`Once and Cond`, [t`name`, t`runs`, t`waiting`], otherRows(moment, name, actions)),
  );
  return pane;
}

type Cell = (Node | string)[];

function table(title: string, heads: string[], rows: Cell[][]): HTMLElement[] {
  if (rows.length === 0) return [];
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)));
  const body = rows
    .slice(0, MOST)
    .map(([first = [], ...rest]) =>
      element('tr', {}, element('th', { scope: 'row' }, ...first), ...rest.map((cell) => element('td', {}, ...cell))),
    );
  const more = rows.length - body.length;
  return [
    element(
      'table',
      {},
      element('caption', {}, more > 0 ? t`${title} (${rows.length}, of which ${MOST} are shown)` : title),
      element('thead', {}, head),
      element('tbody', {}, ...body),
    ),
  ];
}

const LINK = '\u0001';

const STATUS: Record<GoroutineMoment['status'], () => string> = {
  running: () => t`running`,
  runnable: () => t`runnable`,
  blocked: () => t`blocked`,
  ended: () => t`ended`,
  panicked: () => t`panicked`,
};

const RANK = { panicked: 0, running: 1, blocked: 2, runnable: 3, ended: 4 } as const;

function goroutineRows({ goroutines, ended }: Moment, actions: PaneActions): Cell[][] {
  const sorted = [...goroutines].sort((a, b) => RANK[a.status] - RANK[b.status] || a.goroutine - b.goroutine);
  const rows = alike(sorted).map((group): Cell[] => {
    const { status, waits, since, held, stack, calls } = group[0]!;
    const state = element('span', { class: `status ${status}` }, STATUS[status]());
    const why =
      waits === undefined
        ? []
        : [' ', link(waits, () => actions.select(since ?? 0), { title: t`Where it began to wait` })];
    const locks = held.flatMap(({ object, event }, at) => [
      ...(at > 0 ? [', '] : []),
      link(object, () => actions.select(event), { title: t`Where it was taken` }),
    ]);
    return [[namesOf(group)], [state, ...why], locks, [standsAt(stack, calls, actions)]];
  });
  return ended > 0
    ? [...rows, [[t`${ended} more`], [element('span', { class: 'status ended' }, t`ended`)], [], []]]
    : rows;
}

/** Those of which the table would say the same have one row; who holds a lock has one of its own. */
function alike(goroutines: readonly GoroutineMoment[]): GoroutineMoment[][] {
  const groups = new Map<string, GoroutineMoment[]>();
  for (const goroutine of goroutines) {
    const { status, waits, held, stack, calls, path } = goroutine;
    const places = [...calls, ...stack].map(({ file, line, function: name }) => `${name} ${file}:${line}`);
    const key = held.length > 0 ? path : JSON.stringify([status, waits, places]);
    const known = groups.get(key);
    if (known) known.push(goroutine);
    else groups.set(key, [goroutine]);
  }
  return [...groups.values()];
}

/** `1.2, 1.3, 1.4 and 95 more`. */
function namesOf(group: readonly GoroutineMoment[]): string {
  const named = group.slice(0, 3).map(({ path }) => path);
  return group.length > 4
    ? t`${named.join(', ')} and ${group.length - 3} more`
    : group.map(({ path }) => path).join(', ');
}

/** Where it stands; unfolded, the calls that led there, who started it and who started that one. */
function standsAt(
  [top, ...started]: GoroutineMoment['stack'],
  calls: GoroutineMoment['calls'],
  actions: PaneActions,
): HTMLElement {
  const [inner, ...outer] = calls;
  if (!top && !inner) return element('span', { class: 'quiet' }, t`not begun`);
  const here = inner ? callOf(inner, actions) : [placeLink(top!, actions), ` ${top!.function}`];
  if (outer.length === 0 && started.length === 0) return element('span', {}, ...here);
  const starters = started.map((at) =>
    element(
      'li',
      {},
      ...around(t`started by ${at.goroutine}, at ${LINK} ${at.function}`, { [LINK]: placeLink(at, actions) }),
    ),
  );
  const unfolded = element(
    'details',
    {},
    element('summary', {}, outer.length > 0 ? t`stack` : t`started by`),
    element('ol', { class: 'stack' }, ...callItems(outer, actions), ...starters),
  );
  return element('div', {}, ...here, unfolded);
}

function parties(list: readonly (Party & { shared?: boolean })[], name: Name, actions: PaneActions): Cell {
  const shown = list.slice(0, 8).flatMap(({ goroutine, event, shared }, at): Cell => {
    const label = shared ? t`${name(goroutine)} (read)` : name(goroutine);
    return [...(at > 0 ? [', '] : []), link(label, () => actions.select(event))];
  });
  return list.length > 8 ? [...shown, ` ${t`and ${list.length - 8} more`}`] : shown;
}

function channelRows({ channels }: Moment, name: Name, actions: PaneActions): Cell[][] {
  const weight = ({ buffer, senders, receivers }: Moment['channels'][number]) =>
    -(senders.length + receivers.length) * 1000 - buffer.length;
  return [...channels]
    .sort((a, b) => weight(a) - weight(b))
    .map(({ name: channel, capacity, buffer, closedAt, senders, receivers }): Cell[] => {
      const slots = capacity === 0 ? t`unbuffered` : t`${buffer.length} of ${capacity}`;
      const by = buffer.length > 0 ? [` ${t`from`} `, ...parties(buffer, name, actions)] : [];
      const closed = closedAt < 0 ? [] : [', ', link(t`closed`, () => actions.select(closedAt))];
      return [
        [channel],
        [...(capacity > 0 ? [slotsOf(buffer.length, capacity)] : []), slots, ...by, ...closed],
        parties(senders, name, actions),
        parties(receivers, name, actions),
      ];
    });
}

/** The buffer as boxes, where it is small enough to count them. */
function slotsOf(full: number, capacity: number): HTMLElement {
  const boxes = Math.min(capacity, 12);
  const filled = capacity <= 12 ? full : Math.round((full / capacity) * boxes);
  const slots = Array.from({ length: boxes }, (_, at) => element('i', { class: at < filled ? 'full' : '' }));
  return element('span', { class: 'slots', 'aria-hidden': 'true' }, ...slots);
}

function lockRows({ locks }: Moment, name: Name, actions: PaneActions): Cell[][] {
  return locks.map(({ name: lock, holders, queue }): Cell[] => [
    [lock],
    holders.length > 0 ? parties(holders, name, actions) : [element('span', { class: 'quiet' }, t`nobody`)],
    parties(queue, name, actions),
  ]);
}

function groupRows({ groups }: Moment, name: Name, actions: PaneActions): Cell[][] {
  return groups.map(({ name: group, counter, waiters }): Cell[] => [
    [group],
    [String(counter)],
    parties(waiters, name, actions),
  ]);
}

function otherRows({ others }: Moment, name: Name, actions: PaneActions): Cell[][] {
  return others.map(({ name: other, runs, waiters }): Cell[] => [
    [other],
    runs === undefined ? [] : [name(runs)],
    parties(waiters, name, actions),
  ]);
}
