/** Which of the functions that it is given a function calls, and whether in goroutines of its own. */
import type { Analysed } from '../analysed';
import { targetsOf, valuesOf } from './dispatch';
import { heldAt as statesAt } from './entry-locks';
import { type Call, type FlowFunction, family, loopsAround, type Op, outermost } from './operations';
import { isWait, mayWait, waitsElsewhere } from './waits';

export interface Invocation {
  /** In a goroutine that the function starts. */
  started: boolean;
  /** In several goroutines at once. */
  several: boolean;
  /** The function waits for these goroutines before it returns. */
  joined: boolean;
  /** Owners of the locks under which it calls it, wherever it does. */
  held: ReadonlySet<string>;
}

/** By index of the parameter: what the function does itself, and what goroutines do that it starts. */
export function invokedParameters(all: Analysed, fn: FlowFunction): ReadonlyMap<number, readonly Invocation[]> {
  return all.once<FlowFunction, ReadonlyMap<number, readonly Invocation[]>>(invokedParameters, fn, new Map(), () => {
    const found = new Map<number, Invocation[]>();
    const add = (index: number, one: Invocation): void => {
      const list = found.get(index) ?? [];
      found.set(index, list);
      const at = list.findIndex(({ started }) => started === one.started);
      const known = list[at];
      if (!known) list.push(one);
      else
        list[at] = {
          started: one.started,
          several: one.several || known.several,
          joined: one.joined && known.joined,
          held: new Set([...one.held].filter((owner) => known.held.has(owner))),
        };
    };
    const waits = fn.ops.filter((op) => waitsForOthers(all, op.inner ?? op));
    const isJoined = ({ node }: Op): boolean =>
      waits.some((wait) => wait.kind === 'defer' || wait.node.start > node.start);
    for (const one of family(fn)) {
      const inside = startOf(one, fn);
      for (const op of one.ops) {
        const at = op.kind === 'defer' && op.inner ? op.inner : op;
        const { call } = at;
        if (!call) continue;
        const here: Invocation =
          at.kind === 'go'
            ? {
                ...inside,
                started: true,
                several: loopsAround(op.node, one).length > 0 || inside.several,
                joined: isJoined(op),
              }
            : { ...inside, joined: inside.started && isJoined(op) };
        const { variable } = call;
        if (variable?.owner === fn && variable.parameter !== undefined && !call.receiverNode)
          add(variable.parameter, { ...here, held: heldAt(all, at) });
        if (!call.target) continue;
        for (const [index, invocations] of invokedParameters(all, all.flow(call.target))) {
          const place = call.argPlaces[index];
          if (place?.root.owner !== fn || place.path.length > 0 || place.root.parameter === undefined) continue;
          for (const { started, several, joined, held } of invocations)
            add(place.root.parameter, {
              started: started || here.started,
              several: several || here.several,
              joined: here.started ? here.joined : joined || isJoined(op),
              held: new Set([...held, ...heldAt(all, at)]),
            });
        }
      }
    }
    return found;
  });
}

/** The function that is handed over as this argument of this call. */
export function argumentFunction(all: Analysed, op: Op, call: Call, index: number): FlowFunction | undefined {
  const arg = call.args[index];
  if (!arg) return undefined;
  const literal = arg.type === 'func_literal' ? arg : call.argPlaces[index]?.root.value;
  if (literal?.type === 'func_literal') return family(outermost(op.fn)).find(({ node }) => node === literal);
  const owner = `${call.target!.key}(${index})`;
  const named = op.fn.bindings.find(
    ({ owner: to, value }) => to === owner && 'key' in value && arg.text.endsWith(value.key.replace(/^.*\./u, '')),
  );
  return named && !('owner' in named.value) ? all.target(named.value) : undefined;
}

/**
 * What runs in the goroutine of a call until it comes back: whom it calls, and what is handed over and called there. What
 * the function itself was handed its caller knows.
 */
export function runsAt(all: Analysed, op: Op): readonly FlowFunction[] {
  const { call } = op;
  if (call?.variable?.parameter !== undefined && !call.receiverNode && !call.literal) return [];
  const targets = targetsOf(all, op);
  if (!call?.target || !call.args.some(({ type }) => HANDED.test(type))) return targets;
  const handed = [...invokedParameters(all, all.flow(call.target))].flatMap(([index, invocations]) =>
    invocations.some(({ started }) => !started) ? argumentFunctions(all, op, call, index) : [],
  );
  return [...targets, ...handed];
}

const HANDED = /^(?:func_literal|identifier|selector_expression|call_expression)$/u;

/** Also those that the field or variable may hold which is handed over. */
function argumentFunctions(all: Analysed, op: Op, call: Call, index: number): readonly FlowFunction[] {
  const known = argumentFunction(all, op, call, index);
  if (known) return [known];
  const owner = `${call.target!.key}(${index})`;
  return op.fn.bindings.flatMap(({ owner: to, value }) =>
    to === owner && 'owner' in value ? valuesOf(all, value.owner) : [],
  );
}

/** How a literal of the function is run. */
function startOf(literal: FlowFunction, fn: FlowFunction): Invocation {
  let started = false;
  let several = false;
  for (let at = literal; at !== fn && at.parent; at = at.parent) {
    if (at.use !== 'go') continue;
    started = true;
    several ||= at.parent.ops.some(
      ({ kind, target, node }) => kind === 'go' && target === at && inLoop(node, at.parent!),
    );
  }
  return { started, several, joined: false, held: new Set() };
}

/** What the goroutines do that it has started is done when it goes on. */
const waitsForOthers = (all: Analysed, op: Op): boolean =>
  isWait(op) || waitsElsewhere(op) || (op.kind === 'call' && targetsOf(all, op).some((target) => mayWait(all, target)));

const inLoop = (node: Parameters<typeof loopsAround>[0], fn: FlowFunction): boolean => loopsAround(node, fn).length > 0;

/** Owners of the locks that are held on every path. */
function heldAt(all: Analysed, op: Op): Set<string> {
  if (op.kind === 'go') return new Set();
  const [first, ...others] = statesAt(all, op);
  return new Set([...(first?.owners ?? [])].filter((owner) => others.every(({ owners }) => owners.has(owner))));
}
