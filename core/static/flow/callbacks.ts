/** Which of the functions that it is given a function calls, and whether in goroutines of its own. */
import type { Analysed } from '../analysed';
import { heldAt as statesAt } from './entry-locks';
import { type FlowFunction, family, loopsAround, type Op } from './operations';

export interface Invocation {
  /** In a goroutine that the function starts. */
  started: boolean;
  /** In several goroutines at once. */
  several: boolean;
  /** Owners of the locks under which it calls it, wherever it does. */
  held: ReadonlySet<string>;
}

/** By index of the parameter. */
export function invokedParameters(all: Analysed, fn: FlowFunction): ReadonlyMap<number, Invocation> {
  return all.once<FlowFunction, ReadonlyMap<number, Invocation>>(invokedParameters, fn, new Map(), () => {
    const found = new Map<number, Invocation>();
    const add = (index: number, { started, several, held }: Invocation): void => {
      const known = found.get(index);
      found.set(index, {
        started: started || known?.started === true,
        several: several || known?.several === true,
        held: known ? new Set([...held].filter((owner) => known.held.has(owner))) : held,
      });
    };
    for (const one of family(fn)) {
      const inside = startOf(one, fn);
      for (const op of one.ops) {
        const at = op.kind === 'defer' && op.inner ? op.inner : op;
        const { call } = at;
        if (!call) continue;
        const here: Invocation =
          at.kind === 'go'
            ? { ...inside, started: true, several: loopsAround(op.node, one).length > 0 || inside.several }
            : inside;
        const { variable } = call;
        if (variable?.owner === fn && variable.parameter !== undefined && !call.receiverNode)
          add(variable.parameter, { ...here, held: heldAt(all, at) });
        if (!call.target) continue;
        for (const [index, { started, several, held }] of invokedParameters(all, all.flow(call.target))) {
          const place = call.argPlaces[index];
          if (place?.root.owner !== fn || place.path.length > 0 || place.root.parameter === undefined) continue;
          add(place.root.parameter, {
            started: started || here.started,
            several: several || here.several,
            held: new Set([...held, ...heldAt(all, at)]),
          });
        }
      }
    }
    return found;
  });
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
  return { started, several, held: new Set() };
}

const inLoop = (node: Parameters<typeof loopsAround>[0], fn: FlowFunction): boolean => loopsAround(node, fn).length > 0;

/** Owners of the locks that are held on every path. */
function heldAt(all: Analysed, op: Op): Set<string> {
  if (op.kind === 'go') return new Set();
  const [first, ...others] = statesAt(all, op);
  return new Set([...(first?.owners ?? [])].filter((owner) => others.every(({ owners }) => owners.has(owner))));
}
