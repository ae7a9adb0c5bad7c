/**
 * What a goroutine's code does next: from the place on its stack where it was last seen, along the control-flow graphs
 * of its functions, into those they call and back to their callers.
 */
import type { Analysed } from '../../static/analysed';
import { channelUses, isUnbuffered } from '../../static/flow/channels';
import { heldAt } from '../../static/flow/entry-locks';
import { type FlowFunction, type FlowNode, family, type Op, type OpKind } from '../../static/flow/operations';
import { lineText, positionAt } from '../../static/source/range';
import type { Frame } from './trace';

export interface Step {
  /** 1: the first operation that the scheduler may notice, 2: the one after it … */
  depth: number;
  /** A kind of operation, `end` of the goroutine or `end of the test`, `call NAME` of the standard library, or `unknown` code. */
  kind: string;
  op?: Op;
  /** How likely it is reached when every branch is as likely as the other. */
  weight: number;
}

/** Where the goroutine was: the operation whose line is on the stack, if the code is known. */
export interface Place {
  op: Op | undefined;
  steps: readonly Step[];
}

const VISIBLE: ReadonlySet<OpKind> = new Set<OpKind>([
  'lock',
  'unlock',
  'send',
  'receive',
  'select',
  'close',
  'go',
  'wg-done',
  'wg-wait',
  'cond-wait',
  'cond-signal',
  'cond-broadcast',
  'once',
]);

/** Calls of what is not in the package that the scheduler notices. */
const NOTICED =
  /^(?:time\.Sleep|runtime\.(?:Gosched|Goexit|GC)|os\.Exit|time\.AfterFunc|context\.With(?:Cancel|Timeout|Deadline)|testing\..*)$/u;

/** Runs tests; when one ends it wakes who waits for it. */
const RUNNER = 'testing.tRunner';

const DEEPEST = 3;
const MOST_CALLS = 5;
const MOST_STEPS = 300;
const LEAST_WEIGHT = 0.02;

interface Continuation {
  node: FlowNode;
  defers: readonly Op[];
  caller: Continuation | undefined;
  calls: number;
  /** Where it came from, in the same function. */
  from?: FlowNode | undefined;
  /** The last loop on the way was come to from its own body. */
  again?: boolean;
}

/** How often a loop goes on (Wu & Larus, MICRO 1994, after Ball & Larus: the loop branch heuristic). */
const STAYS = 0.88;
/** Who counts or goes through a list has something to go through as a rule. */
const ENTERS = 0.97;

/** Of so many ways on from an operation; the first way on from a loop's head leads into its body. */
function shareOf(index: number, ways: number, op: Op | undefined, again: boolean): number {
  if (ways < 2 || !op || !isLoopHead(op)) return 1 / ways;
  const stays = !again && counts(op) ? ENTERS : STAYS;
  return index === 0 ? stays : (1 - stays) / (ways - 1);
}

const LOOP_HEADS: readonly (string | undefined)[] = ['for_statement', 'for_clause'];

const isLoopHead = ({ kind, node, range }: Op): boolean =>
  kind === 'loop' || range === true || (kind === 'test' && LOOP_HEADS.includes(node.parent?.type));

/** Over numbers or a list; loops with nothing but a condition wait for something, and channels may be closed. */
const counts = ({ kind, node }: Op): boolean => kind === 'loop' || node.parent?.type === 'for_clause';

/** Whether a loop's head was come to from its body, or what follows that in each round. */
function isRound({ node }: Op, from: FlowNode | undefined): boolean {
  const came = from?.op?.node;
  if (!came) return false;
  const clause = node.namedChildren.find(({ type }) => type === 'for_clause');
  return [node.childForFieldName('body'), clause?.childForFieldName('update')].some(
    (part) => part && part.startIndex <= came.startIndex && came.endIndex <= part.endIndex,
  );
}

const keyOf = (stack: readonly Frame[]): string => stack.map(({ function: name, line }) => `${name}:${line}`).join();

export class Code {
  private readonly byName = new Map<string, FlowFunction[]>();
  private readonly known = new Map<string, Place>();
  private readonly locks = new Map<string, Set<string>>();

  constructor(readonly all: Analysed) {
    for (const root of all.roots()) {
      for (const fn of family(root)) {
        const list = this.byName.get(fn.name);
        if (list) list.push(fn);
        else this.byName.set(fn.name, [fn]);
      }
    }
  }

  /** After what was done at the top of the stack; `noticed` is what the scheduler called it. */
  after(stack: readonly Frame[]): Place {
    const key = keyOf(stack);
    let place = this.known.get(key);
    if (!place) {
      place = this.find(stack);
      this.known.set(key, place);
    }
    return place;
  }

  /** From the beginning of a function; `test` is the one that the testing package has begun. */
  from(entry: readonly Frame[], test: string): Place {
    const ofTest = entry[0]?.function === RUNNER;
    const key = `from ${ofTest ? test : entry[0]?.function}:${entry[0]?.line}`;
    let place = this.known.get(key);
    if (!place) {
      const fn = ofTest ? this.byName.get(test)?.[0] : entry[0] && this.functionOf(entry[0]);
      place = {
        op: undefined,
        steps: fn ? this.walk([{ node: fn.entry, defers: [], caller: undefined, calls: 0 }], ofTest) : [],
      };
      this.known.set(key, place);
    }
    return place;
  }

  /** Of a goroutine that is about to do it, however it came there. */
  before(op: Op): Place {
    const node = op.fn.nodes.find((one) => one.op === op || one.op?.info?.cases.includes(op));
    return { op: undefined, steps: node ? this.walk([{ node, defers: [], caller: undefined, calls: 0 }], false) : [] };
  }

  /** Whether what is on the stack stands between taking and releasing the lock that `op` takes. */
  holds(stack: readonly Frame[], op: Op): boolean {
    if (stack.length === 0 || !op.place) return false;
    return this.held(stack).has(op.place.owner);
  }

  private held(stack: readonly Frame[]): ReadonlySet<string> {
    const key = keyOf(stack);
    let owners = this.locks.get(key);
    if (!owners) {
      owners = new Set();
      for (const op of this.opsOn(stack)) {
        for (const path of heldAt(this.all, op)) for (const owner of path.owners) owners.add(owner);
        // What was done on top of the stack is done.
        if (op === this.after(stack).op && op.place) {
          if (op.kind === 'lock') owners.add(op.place.owner);
          if (op.kind === 'unlock') owners.delete(op.place.owner);
        }
      }
      this.locks.set(key, owners);
    }
    return owners;
  }

  private opsOn(stack: readonly Frame[]): Op[] {
    return stack.flatMap((frame, index) => {
      const fn = this.functionOf(frame);
      const inner = stack[index - 1];
      const node = fn && this.nodeAt(fn, frame.line, inner && this.functionOf(inner), inner);
      return node?.op ? [node.op] : [];
    });
  }

  /** `none`, `some` or `unknown`, by the calls of make that are seen. */
  buffer({ place }: Op): string {
    const uses = place && channelUses(this.all).get(place.owner);
    if (!uses || uses.foreign || uses.makes.length === 0) return 'unknown';
    return isUnbuffered(uses) ? 'none' : 'some';
  }

  /** Whether the functions on a goroutine's stack, or where it begins, do this to the same thing. */
  willDo({ stack, entry }: { stack: readonly Frame[]; entry: readonly Frame[] }, kind: OpKind, to: Op): boolean {
    const frames = stack.length > 0 ? stack : entry;
    return frames.some((frame) => {
      const fn = this.functionOf(frame);
      return fn?.ops.some((op) => {
        const done = op.inner ?? op;
        return done.kind === kind && (!done.place || !to.place || done.place.owner === to.place.owner);
      });
    });
  }

  /** The functions of the package that stand on a stack, innermost first. */
  on(stack: readonly Frame[]): FlowFunction[] {
    return stack.flatMap((frame) => this.functionOf(frame) ?? []);
  }

  /** The text of a frame's line; undefined where its function is not of the package. */
  lineAt(frame: Frame): string | undefined {
    const source = this.functionOf(frame)?.file.source;
    return source && lineText(source, frame.line);
  }

  /** The functions that use what an operation is about, its own first. */
  usersOf(op: Op): FlowFunction[] {
    const owner = op.place?.owner;
    const others = this.all.functions().filter((fn) => fn.ops.some(({ place }) => owner && place?.owner === owner));
    return [op.fn, ...others];
  }

  named(name: string): readonly FlowFunction[] {
    return this.byName.get(name) ?? [];
  }

  private functionOf(frame: Frame): FlowFunction | undefined {
    const short = frame.function.slice(frame.function.lastIndexOf('/') + 1);
    // Of generic functions Go prints `F[...]`; of values that methods are, `T.m-fm`.
    const name = short
      .slice(short.indexOf('.') + 1)
      .replaceAll('[...]', '')
      .replace(/-fm$/u, '');
    const found = this.byName.get(name);
    if (!found) return undefined;
    const base = frame.file.slice(Math.max(frame.file.lastIndexOf('/'), frame.file.lastIndexOf('\\')) + 1);
    return found.find(({ file }) => file.path.endsWith(base));
  }

  private find(stack: readonly Frame[]): Place {
    let caller: Continuation | undefined;
    let innermost: Op | undefined;
    const known = stack.map((frame) => this.functionOf(frame));
    const first = known.findIndex((fn) => fn !== undefined);
    if (first < 0) return { op: undefined, steps: [] };
    for (let index = stack.length - 1; index >= first; index--) {
      const fn = known[index];
      if (!fn) continue;
      const node = this.nodeAt(fn, stack[index]!.line, index > first ? known[index - 1] : undefined, stack[index - 1]);
      if (!node) continue;
      innermost = node.op;
      const defers = fn.ops.filter(
        (op) => op.kind === 'defer' && op.inner && node.op && op.node.startIndex < node.op.node.startIndex,
      );
      caller = { node, defers: defers.map((op) => op.inner!).reverse(), caller, calls: 0 };
    }
    if (!caller) return { op: undefined, steps: [] };
    const ofTest = stack.some(({ function: name }) => name === RUNNER);
    return { op: innermost, steps: this.walk(this.next(caller), ofTest) };
  }

  /** What `go` or Once.Do runs, where it is of this package. */
  functionRunBy({ target, call }: Op): FlowFunction | undefined {
    return this.all.target(target ?? call?.target);
  }

  firstLine({ file, node }: FlowFunction): number {
    return positionAt(file.source, node.startIndex).line;
  }

  lineOf(op: Op): number {
    const { source } = op.fn.file;
    return positionAt(source, op.node.startIndex).line;
  }

  private lastLineOf(op: Op): number {
    const { source } = op.fn.file;
    return positionAt(source, op.node.endIndex).line;
  }

  /** The node on a line that calls `callee`, or does what the scheduler noticed there. */
  private nodeAt(
    fn: FlowFunction,
    line: number,
    callee: FlowFunction | undefined,
    inner: Frame | undefined,
  ): FlowNode | undefined {
    const here = fn.nodes.filter(({ op }) => op && this.lineOf(op) <= line && line <= this.lastLineOf(op));
    if (callee) {
      const calls = here.find(({ op }) => {
        const call = op!.inner?.call ?? op!.call;
        return call?.literal === callee || (call?.target !== undefined && call.target === callee.declared);
      });
      if (calls) return calls;
    }
    const method = inner?.function.replace(/^.*[.)]/u, '');
    const byMethod = method && here.find(({ op }) => op!.call?.method === method);
    if (byMethod) return byMethod;
    const exact = here.filter(({ op }) => this.lineOf(op!) === line);
    return (
      exact.find(({ op }) => VISIBLE.has(op!.kind)) ??
      exact.at(-1) ??
      here.at(-1) ??
      fn.nodes.filter(({ op }) => op && this.lineOf(op) <= line).at(-1)
    );
  }

  private next(at: Continuation): Continuation[] {
    if (at.node.exit) return this.leave(at);
    return at.node.next.map(({ to }) => ({ ...at, node: to, from: at.node }));
  }

  /** Deferred calls first, then on in the caller. Empty: the goroutine ends. */
  private leave({ node, defers, caller, calls }: Continuation): Continuation[] {
    const [first, ...rest] = defers;
    if (first)
      return [{ node: { id: -1, op: first, next: [], exit: node.exit ?? 'end' }, defers: rest, caller, calls }];
    return caller ? this.next(caller) : [];
  }

  private walk(starts: readonly Continuation[], ofTest: boolean): Step[] {
    const end = ofTest ? 'end of the test' : 'end';
    const steps: Step[] = [];
    const work = starts.map((at) => ({ at, depth: 1, weight: 1 / starts.length }));
    if (starts.length === 0) steps.push({ depth: 1, kind: end, weight: 1 });
    for (let budget = MOST_STEPS; work.length > 0 && budget > 0; budget--) {
      const { at: came, depth, weight } = work.shift()!;
      if (weight < LEAST_WEIGHT) continue;
      const { op } = came.node;
      const at = op?.kind === 'loop' ? { ...came, again: isRound(op, came.from) } : came;
      const noticed = op && this.noticed(op);
      let deeper = depth;
      if (noticed) {
        steps.push({ depth, kind: noticed, op, weight });
        deeper++;
        if (deeper > DEEPEST) continue;
      }
      const following = this.into(at, op) ?? this.next(this.deferring(at, op));
      if (following.length === 0) steps.push({ depth: deeper, kind: end, weight });
      for (const [index, next] of following.entries())
        work.push({
          at: next,
          depth: deeper,
          weight: weight * shareOf(index, following.length, op, at.again === true),
        });
    }
    return steps;
  }

  private deferring(at: Continuation, op: Op | undefined): Continuation {
    return op?.kind === 'defer' && op.inner ? { ...at, defers: [op.inner, ...at.defers] } : at;
  }

  /** Into what an operation calls in this package. */
  private into(at: Continuation, op: Op | undefined): Continuation[] | undefined {
    if (!op || at.calls >= MOST_CALLS) return undefined;
    const target =
      op.kind === 'call'
        ? (op.call?.literal ?? this.all.target(op.call?.target))
        : op.kind === 'once'
          ? this.all.target(op.target)
          : undefined;
    if (!target) return undefined;
    return [{ node: target.entry, defers: [], caller: at, calls: at.calls + 1 }];
  }

  private noticed(op: Op): string | undefined {
    if (VISIBLE.has(op.kind)) return op.select ? undefined : op.kind;
    if (op.kind !== 'call' || !op.call || op.call.target || op.call.literal) return undefined;
    if (NOTICED.test(op.call.name)) return `call ${op.call.name}`;
    return op.call.dynamic && /cancel/iu.test(op.call.method) ? 'call cancel' : undefined;
  }
}
