/**
 * A goroutine sends on (or receives from) an unbuffered channel that its maker may stop serving: it takes the timeout,
 * returns early, or asks for fewer values than there are senders. The goroutine then waits for ever.
 */

import { type Phrase, phrase } from '../../../protocol/phrase';
import type { Check, Report, ReportFix, ReportSite } from '../check';
import { deferClose, wayOut } from '../fixes/channels';
import type { FlowFunction } from '../flow/operations';
import { hasAlternative, type LocalChannel, type Spawn, unbufferedChannels, usesOf } from '../source/channel-uses';
import { type Domain, type PathEnd, pathEnds } from '../source/paths';
import {
  argumentsOf,
  assignedNames,
  isInside,
  mentions,
  named,
  neverReturns,
  rootName,
  statementsOf,
  withinFunction,
} from '../source/syntax';
import type { Syntax as Node } from '../source/syntax-node';
import { lineAt, siteAt } from './reporting';

export const abandonedChannel: Check = {
  name: 'abandoned-channel',
  title: 'Abandoned channel',
  cwe: 772,
  summary: 'A goroutine waits on an unbuffered channel that the function may leave without serving it.',
  explanation:
    'A send on an unbuffered channel waits until somebody receives. When the function that made the channel returns ' +
    'first – a timeout, an error, the first of several answers – nobody ever does, and the goroutine and all it holds ' +
    'stay. Give the channel room for every value that may be sent, or let the goroutine select on a done channel too.',
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Ask(ctx context.Context) (string, error) {\n\tanswer := make(chan string)\n\tgo func() { answer <- ask() }()\n\tselect {\n\tcase a := <-answer:\n\t\treturn a, nil\n' +
        '\tcase <-ctx.Done():\n\t\treturn "", ctx.Err()\n\t}\n}',
      right:
        'func Ask(ctx context.Context) (string, error) {\n\tanswer := make(chan string, 1)\n\tgo func() { answer <- ask() }()\n\tselect {\n\tcase a := <-answer:\n\t\treturn a, nil\n' +
        '\tcase <-ctx.Done():\n\t\treturn "", ctx.Err()\n\t}\n}',
    },
  ],
  run: (all) =>
    all.functions().flatMap((one) => (/\bmake\(/u.test(one.body.text) && one.name !== 'main' ? check(one) : [])),
};

/** More than can be counted. */
const MANY = 4;
const plus = (a: number, b: number): number => Math.min(MANY, a + b);

/** How many goroutine operations have been started, and how many counterparts the maker has done. */
interface Balance {
  waiting: number;
  served: number;
}

function check(of: FlowFunction): Report[] {
  return unbufferedChannels(of.body).flatMap((channel) => {
    const uses = usesOf(channel);
    // What is deferred serves on every path, or cannot be counted.
    if (!uses || uses.deferred.length > 0 || uses.spawns.length === 0) return [];
    const { own, spawns } = uses;
    if (spawns.some(({ sends, receives, body }) => [...sends, ...receives].some((it) => onlyOnce(it, body)))) return [];
    const sending = spawns.filter(({ sends }) => sends.some((send) => !hasAlternative(send)));
    const receiving = spawns.filter(({ receives, ranges }) => receives.length + ranges.length > 0);
    if (sending.length > 0 && receiving.length === 0) {
      const operations = sending.flatMap(({ sends }) => sends.filter((send) => !hasAlternative(send)));
      const counts = new Map(sending.map((spawn) => [spawn.go, countIn(spawn, operations)]));
      const served = [...own.receives, ...receivesInstead(channel, sending, operations)];
      return outcome(of, channel, 'send', operations, sending, own.ranges, counts, served);
    }
    if (
      receiving.length > 0 &&
      sending.length === 0 &&
      spawns.every(({ closes, sends }) => closes.length + sends.length === 0)
    ) {
      const single = receiving.flatMap(({ receives }) => receives.filter((it) => !hasAlternative(it) && !inLoop(it)));
      const ranges = receiving.flatMap((spawn) => spawn.ranges);
      const operations = [...single, ...ranges];
      if (operations.length === 0) return [];
      // A range ends only with a close: no number of sends is enough.
      const counts = new Map(
        receiving.map((spawn) => [spawn.go, spawn.ranges.length > 0 ? MANY : countIn(spawn, operations)]),
      );
      const sends = ranges.length > 0 ? [] : own.sends;
      return outcome(of, channel, 'receive', operations, receiving, own.closes, counts, sends);
    }
    return [];
  });
}

const fails = (call: Node): boolean => /^(?:t|b|f|tb)\.Errorf?$/u.test(call.childForFieldName('function')?.text ?? '');

/** Inside a loop of its own function. */
function inLoop(node: Node): boolean {
  for (let at = node.parent; at && at.type !== 'func_literal'; at = at.parent)
    if (at.type === 'for_statement') return true;
  return false;
}

/** Receives of what the goroutine does instead: `if err != nil { errs <- err; return }; results <- v`, or `close(done)`. */
function receivesInstead(channel: LocalChannel, sending: readonly Spawn[], operations: readonly Node[]): Node[] {
  const names = sending.map(({ body }) => new Set([...sendsIn(body), ...closesIn(body)].map(channelName)));
  const [first = new Set<string>(), ...others] = names;
  return [...first].flatMap((name) => {
    if (name === channel.name || name === '' || !others.every((some) => some.has(name))) return [];
    const either = sending.every((spawn) => {
      const sends = [...sendsIn(spawn.body), ...closesIn(spawn.body)].filter((one) => channelName(one) === name);
      return countIn(spawn, [...operations, ...sends]) <= 1;
    });
    if (!either) return [];
    return withinFunction(channel.scope, ['unary_expression']).filter(
      (one) => one.operator === '<-' && one.childForFieldName('operand')?.text === name,
    );
  });
}

const sendsIn = (body: Node): Node[] => withinFunction(body, ['send_statement']);
const closesIn = (body: Node): Node[] =>
  withinFunction(body, ['call_expression']).filter((call) => call.childForFieldName('function')?.text === 'close');
/** Of a send or close. */
const channelName = (node: Node): string => {
  const channel = node.childForFieldName('channel') ?? argumentsOf(node)[0];
  return channel?.type === 'identifier' ? channel.text : '';
};

/** The most operations one goroutine does on a path through its body. */
function countIn(spawn: Spawn, operations: readonly Node[]): number {
  const domain: Domain<number> = {
    key: String,
    step: (node, count) => plus(count, within(node, operations)),
  };
  const ends = pathEnds(domain, statementsOf(spawn.body), 0);
  return ends ? Math.max(0, ...ends.map(({ state }) => state)) : MANY;
}

/** How many of the nodes are in a simple statement. */
function within(node: Node, wanted: readonly Node[]): number {
  if (node.type === 'go_statement' || node.type === 'defer_statement') return 0;
  const kinds = ['send_statement', 'unary_expression', 'range_clause', 'call_expression'];
  return withinFunction(node, kinds).filter((one) => wanted.includes(one)).length;
}

function outcome(
  of: FlowFunction,
  channel: LocalChannel,
  direction: 'send' | 'receive',
  operations: readonly Node[],
  spawns: readonly Spawn[],
  /** Serve all at once: `for range ch` of the maker, or its close. */
  servesAll: readonly Node[],
  waits: ReadonlyMap<Node, number>,
  servesOne: readonly Node[],
): Report[] {
  const domain: Domain<Balance> = {
    key: ({ waiting, served }) => `${waiting}/${served}`,
    step(node, { waiting, served }) {
      // A path on which the test has failed already need not be clean.
      if (withinFunction(node, ['call_expression']).some((call) => neverReturns(call) || fails(call))) return undefined;
      if (node.type === 'go_statement') return { waiting: plus(waiting, waits.get(node) ?? 0), served };
      // The range counts value by value; that it has run to its end is seen in afterLoop.
      const close = node.type !== 'range_clause' && within(node, servesAll) > 0;
      return {
        waiting,
        served: close ? MANY : plus(served, within(node, servesOne) + (within(node, servesAll) > 0 ? 1 : 0)),
      };
    },
    afterLoop(loop, { waiting, served }, before) {
      // A loop that serves is taken to make as many rounds as there are goroutines; one that starts them, all its own.
      const serves = [...servesAll, ...servesOne].some((it) => isInside(it, loop));
      const starts = spawns.filter(({ go }) => isInside(go, loop));
      const rounds = knownRounds(loop) ?? MANY;
      const started = starts.reduce((sum, { go }) => sum + rounds * (waits.get(go) ?? 0), 0);
      return {
        waiting: starts.length > 0 ? plus(before.waiting, started) : waiting,
        served: serves ? MANY : served,
      };
    },
  };
  const statements = named(channel.scope);
  const after = statements.slice(statements.indexOf(channel.declaration) + 1);
  const ends = pathEnds(domain, after, { waiting: 0, served: 0 });
  const counted = [...servesAll, ...servesOne];
  const short = ends?.filter(({ state, leave }) => state.waiting > state.served && !countsServed(leave, counted)) ?? [];
  if (short.length === 0) return [];
  return [describe(of, channel, direction, operations, spawns, servesAll, waits, short)];
}

/** The loop that serves is left on a count it keeps: `pending--; if pending == 0 { return }`. */
function countsServed(leave: Node | undefined, serves: readonly Node[]): boolean {
  let condition = '';
  for (let at = leave?.parent; at && at.type !== 'func_literal'; at = at.parent) {
    if (at.type === 'if_statement') condition += ` ${at.childForFieldName('condition')?.text ?? ''}`;
    if (at.type !== 'for_statement' || !serves.some((it) => isInside(it, at))) continue;
    const counters = withinFunction(at, ['inc_statement', 'dec_statement', 'assignment_statement'])
      .filter((it) => (it.type !== 'assignment_statement' || /[-+]=/u.test(it.text)) && isEachRound(it, at))
      .flatMap(assignedNames);
    if (counters.some((name) => mentions(condition, rootName(name)))) return true;
  }
  return false;
}

/** What only some rounds count says nothing of the others. */
function isEachRound(counted: Node, loop: Node): boolean {
  for (let at = counted.parent; at && at !== loop; at = at.parent) if (at.type === 'if_statement') return false;
  return true;
}

/** `if atomic.AddInt32(&n, 1) == 1 { ch <- v }`: however many goroutines there are, one sends. */
function onlyOnce(operation: Node, body: Node): boolean {
  for (let at = operation.parent; at && at !== body; at = at.parent) {
    if (at.type !== 'if_statement') continue;
    const head = `${at.childForFieldName('initializer')?.text ?? ''} ${at.childForFieldName('condition')?.text ?? ''}`;
    if (/\batomic\.|\.(?:CompareAndSwap|Swap|Add|TryLock)\(/u.test(head)) return true;
  }
  return false;
}

/** Rounds of a loop over a literal number or a literal list. */
function knownRounds(loop: Node): number | undefined {
  const [head] = named(loop);
  if (head?.type === 'range_clause') {
    const right = head.childForFieldName('right');
    if (right?.type === 'int_literal') return Number(right.text);
    const body = right?.type === 'composite_literal' ? right.childForFieldName('body') : null;
    return body ? named(body).length : undefined;
  }
  if (head?.type !== 'for_clause') return undefined;
  const bounds = /^\s*(\w+)\s*:=\s*0\s*;\s*(\w+)\s*<\s*(\d+)\s*;\s*(\w+)\+\+\s*$/u.exec(head.text);
  return bounds && bounds[1] === bounds[2] && bounds[2] === bounds[4] ? Number(bounds[3]) : undefined;
}

/** The path that serves least, preferring one that leaves in the middle. */
function worst(ends: readonly PathEnd<Balance>[]): PathEnd<Balance> {
  const rank = ({ state, leave }: PathEnd<Balance>): number => state.served * 2 + (leave ? 0 : 1);
  return [...ends].sort((a, b) => rank(a) - rank(b))[0]!;
}

function describe(
  of: FlowFunction,
  channel: LocalChannel,
  direction: 'send' | 'receive',
  operations: readonly Node[],
  spawns: readonly Spawn[],
  servesAll: readonly Node[],
  waits: ReadonlyMap<Node, number>,
  short: readonly PathEnd<Balance>[],
): Report {
  const { name } = channel;
  const { state, leave } = worst(short);
  const line = (node: Node): number => lineAt(of.file, node);
  const serving = direction === 'send' ? phrase`receives from it` : phrase`sends on it or closes it`;
  const often = state.served === 1 ? phrase`no more than once` : phrase`no more than ${state.served} times`;
  const way = leave ? phrase`leaves in line ${line(leave)}` : phrase`reaches its end`;
  const why =
    state.served > 0
      ? phrase`${served(of.name, direction, often)} before it ${way}, and ${waiting(state.waiting, direction)}`
      : direction === 'send'
        ? phrase`${of.name} ${way} without receiving`
        : phrase`${of.name} ${way} without sending or closing it`;
  const message =
    direction === 'send'
      ? phrase`This send on ${name} may wait for ever: ${why}`
      : phrase`This receive from ${name} may wait for ever: ${why}`;
  const sites: [ReportSite, ...ReportSite[]] = [
    siteAt(
      of,
      operations[0]!,
      direction === 'send' ? phrase`may wait to send for ever` : phrase`may wait to receive for ever`,
      direction,
    ),
    siteAt(of, channel.make, phrase`${name} is made here, without a buffer`, 'make'),
    ...spawns.map(({ go }) => siteAt(of, go, phrase`the goroutine is started here`, 'go')),
  ];
  if (leave) sites.push(siteAt(of, leave, phrase`leaves although nobody else ${serving}`, 'return'));
  return {
    message,
    explanation: [
      phrase`${name} is made without a buffer in line ${line(channel.make)}, so each ${direction} waits for its other half.`,
      phrase`${of.name} ${way} after ${counted(state.served, direction)}.`,
      phrase`${name} is not handed to anybody else, so nobody ${serving} after that.`,
    ],
    fn: of,
    sites,
    fixes:
      direction === 'send'
        ? [...bufferFix(of, channel, spawns, waits), ...wayOut(of, channel, operations)]
        : operations.every(({ type }) => type === 'range_clause') && spawns.every(({ sends }) => sends.length === 0)
          ? deferClose(of, channel, servesAll)
          : [],
  };
}

const served = (name: string, direction: 'send' | 'receive', often: Phrase): Phrase =>
  direction === 'send' ? phrase`${name} receives ${often}` : phrase`${name} sends ${often}`;

function waiting(count: number, direction: 'send' | 'receive'): Phrase {
  const sends = direction === 'send';
  if (count >= MANY) return sends ? phrase`several goroutines send` : phrase`several goroutines receive`;
  if (count > 1) return sends ? phrase`${count} of them send` : phrase`${count} of them receive`;
  return sends ? phrase`the goroutine sends more often` : phrase`the goroutine receives more often`;
}

/** What the maker has done of the other half. */
function counted(count: number, direction: 'send' | 'receive'): Phrase {
  if (count === 0) return direction === 'send' ? phrase`no receive` : phrase`no send`;
  if (count === 1) return direction === 'send' ? phrase`one receive` : phrase`one send`;
  return direction === 'send' ? phrase`${count} receives` : phrase`${count} sends`;
}

/** Room for every value: a number, or the length of what is ranged over; nothing when neither can be said. */
function bufferFix(
  of: FlowFunction,
  channel: LocalChannel,
  spawns: readonly Spawn[],
  waits: ReadonlyMap<Node, number>,
): ReportFix[] {
  let fixed = 0;
  const sizes: string[] = [];
  for (const { go } of spawns) {
    const each = waits.get(go) ?? MANY;
    const loops = loopsAround(go, channel.scope);
    if (each >= MANY || loops.length > 1) return [];
    const [loop] = loops;
    const rounds = loop ? knownRounds(loop) : 1;
    if (rounds !== undefined) fixed += rounds * each;
    else {
      const size = sizeOfRange(loop!, channel);
      if (size === undefined || each !== 1) return [];
      sizes.push(size);
    }
  }
  const room = [...sizes, ...(fixed > 0 ? [String(fixed)] : [])].join('+');
  const [type, size] = argumentsOf(channel.make);
  return [
    {
      title: phrase`Give ${channel.name} room for every value: make(${type!.text}, ${room})`,
      edits: [{ file: of.file, start: type!.endIndex, end: (size ?? type!).endIndex, text: `, ${room}` }],
    },
  ];
}

function loopsAround(node: Node, scope: Node): Node[] {
  const loops: Node[] = [];
  for (let at = node.parent; at && at !== scope; at = at.parent) if (at.type === 'for_statement') loops.push(at);
  return loops;
}

/** `len(fetchers)` of `for … := range fetchers`, `n` of `for range n`, when that is known where the channel is made. */
function sizeOfRange(loop: Node, channel: LocalChannel): string | undefined {
  const [head] = named(loop);
  const right = head?.type === 'range_clause' ? head.childForFieldName('right') : null;
  if (right?.type !== 'identifier') return undefined;
  let around: Node | null = channel.scope;
  while (around && !around.childForFieldName('parameters')) around = around.parent;
  const parameters = around?.childForFieldName('parameters');
  const parameter = (parameters ? named(parameters) : []).find((it) =>
    it.childrenForFieldName('name').some(({ text }) => text === right.text),
  );
  if (!parameter || mentions(assignments(channel, loop), right.text)) return undefined;
  if (parameter.type === 'variadic_parameter_declaration') return `len(${right.text})`;
  switch (parameter.childForFieldName('type')?.type) {
    case 'slice_type':
    case 'array_type':
    case 'map_type':
      return `len(${right.text})`;
    default:
      return parameter.childForFieldName('type')?.text === 'int' ? right.text : undefined;
  }
}

/** What is assigned between the making of the channel and the loop, as text. */
function assignments(channel: LocalChannel, loop: Node): string {
  const kinds = ['short_var_declaration', 'assignment_statement', 'inc_statement', 'dec_statement', 'var_declaration'];
  return channel.scope
    .descendantsOfType(kinds)
    .filter((it) => it.startIndex > channel.declaration.endIndex && it.endIndex <= loop.startIndex)
    .flatMap(assignedNames)
    .join(' ');
}
