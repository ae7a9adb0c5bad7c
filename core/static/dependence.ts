/** What the outcome of an operation depends on, as the source says it: who else uses the same channel, lock or group. */
import { type Phrase, phrase } from '../../protocol/phrase';
import type { Analysed } from './analysed';
import type { Position, SourceRange } from './finding';
import { channelUses } from './flow/channels';
import type { FlowFunction, Op, OpKind } from './flow/operations';
import { offsetAt, rangeOf } from './source/range';
import type { Syntax } from './source/syntax-node';

export interface Dependence {
  /** Path of the file in the package. */
  path: string;
  range: SourceRange;
  /** `sends`, `locks`, `makes it with room for 1`. */
  does: Phrase;
  /** Enclosing function as Go prints it; empty outside of functions. */
  function: string;
}

const WORDS: Readonly<Partial<Record<OpKind, Phrase>>> = {
  send: phrase`sends`,
  receive: phrase`receives`,
  close: phrase`closes it`,
  lock: phrase`locks it`,
  unlock: phrase`unlocks it`,
  'wg-add': phrase`adds to it`,
  'wg-done': phrase`says Done`,
  'cond-signal': phrase`signals`,
  'cond-broadcast': phrase`broadcasts`,
  once: phrase`does it once`,
};

const wordOf = (kind: OpKind): Phrase => WORDS[kind] ?? phrase`${kind}`;

/** What lets one go on, or keeps one waiting, that does this. */
const PARTNERS: Readonly<Partial<Record<OpKind, readonly OpKind[]>>> = {
  lock: ['lock', 'unlock'],
  'wg-wait': ['wg-add', 'wg-done'],
  'cond-wait': ['cond-signal', 'cond-broadcast'],
  once: ['once'],
};

/** The operation on a channel, lock or group, or the select, that begins there in a file. */
export function operationAt(all: Analysed, path: string, start: Position): Op | undefined {
  const own = operationsAt(all, path, start);
  return own.find(({ kind }) => kind === 'select') ?? own.find(({ kind }) => kind in PARTNERS || isOfChannel(kind));
}

/** Of the operation that begins there in a file, in the order of the source. Empty where nothing is in sight. */
export function dependences(all: Analysed, path: string, start: Position): Dependence[] {
  const functions = all.functions();
  const operation = operationAt(all, path, start);
  if (!operation) return [];
  const found = new Map<Syntax, Dependence>();
  const add = (node: Syntax, fn: FlowFunction | undefined, does: Phrase): void => {
    const file = fn?.file ?? all.pkg.files.find((one) => one.path === path);
    if (file && !found.has(node)) {
      found.set(node, {
        path: file.path,
        range: rangeOf(file.source, node),
        does,
        function: fn?.name ?? '',
      });
    }
  };
  for (const one of operation.info?.cases ?? [operation]) {
    if (isOfChannel(one.kind)) channelPartners(all, one, add);
    else plainPartners(functions, one, add);
  }
  return [...found.values()].sort(
    (a, b) =>
      a.path.localeCompare(b.path) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column,
  );
}

function operationsAt(all: Analysed, path: string, start: Position): Op[] {
  const source = all.pkg.files.find((file) => file.path === path)?.source;
  if (!source) return [];
  const offset = offsetAt(source, start);
  return all
    .functions()
    .filter(({ file }) => file.path === path)
    .flatMap(({ ops }) => ops.flatMap(withInner))
    .filter((op) => startOf(op) === offset);
}

/** The body of the function that the `go` statement there starts, where it is one of the file. */
export function startedBody(all: Analysed, path: string, start: Position): SourceRange | undefined {
  const started = operationsAt(all, path, start).find(({ kind }) => kind === 'go');
  const target = started && all.target(started.target);
  if (target && target.file.path === path) return rangeOf(target.file.source, target.body);
  return undefined;
}

const isOfChannel = (kind: OpKind): boolean => kind === 'send' || kind === 'receive';
const withInner = (op: Op): Op[] => (op.inner ? [op, op.inner] : [op]);
/** Where the rewriter's site begins: that of a loop over a channel at its `for`. */
const startOf = ({ kind, range, node }: Op): number =>
  kind === 'receive' && range ? (node.parent?.startIndex ?? node.startIndex) : node.startIndex;

type Add = (node: Syntax, fn: FlowFunction | undefined, does: Phrase) => void;

function channelPartners(all: Analysed, operation: Op, add: Add): void {
  for (const { sends, receives, closes, makes } of channelUses(all).values()) {
    const [same, others] = operation.kind === 'send' ? [sends, receives] : [receives, sends];
    if (!same.includes(operation)) continue;
    for (const { node, fn, size } of makes)
      add(node, fn, size === undefined ? phrase`makes it without a buffer` : phrase`makes it with room for ${size}`);
    for (const other of [...others, ...closes]) add(other.node, other.fn, wordOf(other.kind));
    // Those who want the same take turns with it.
    for (const rival of same) if (rival !== operation) add(rival.node, rival.fn, phrase`${wordOf(rival.kind)}, too`);
  }
}

function plainPartners(functions: readonly FlowFunction[], operation: Op, add: Add): void {
  const wanted = PARTNERS[operation.kind] ?? [];
  for (const { ops } of functions) {
    for (const op of ops.flatMap(withInner)) {
      if (op === operation || !wanted.includes(op.kind) || op.place?.owner !== operation.place?.owner) continue;
      if (operation.place !== undefined) add(op.node, op.fn, wordOf(op.kind));
    }
  }
}
