/** Which calls may start goroutines, there or in what is called: most do not, and need not be looked into. */
import type { Analysed } from '../analysed';
import { invokedParameters } from './callbacks';
import { targetsOf } from './dispatch';
import type { FlowFunction, Op } from './operations';

/** Whether goroutines may be running behind the call that were not before. Linear in the calls of the package. */
export const mayStart = (all: Analysed, op: Op): boolean =>
  startsItself(all, op) || reached(all, op).some((target) => starters(all).has(target));

/** What the call reaches: whom it calls, and the literals that it hands over. */
const reached = (all: Analysed, op: Op): readonly FlowFunction[] => [
  ...targetsOf(all, op),
  ...(op.call?.args.some(({ type }) => type === 'func_literal')
    ? op.fn.literals.filter(({ node }) => op.call!.args.includes(node))
    : []),
];

function startsItself(all: Analysed, op: Op): boolean {
  if (op.kind === 'go') return true;
  if (op.kind !== 'call' || !op.call?.target || op.call.args.length === 0) return false;
  return [...invokedParameters(all, all.flow(op.call.target)).values()].some((some) =>
    some.some(({ started }) => started),
  );
}

/** Functions that start a goroutine, literals in them included, and all that lead to them. */
function starters(all: Analysed): ReadonlySet<FlowFunction> {
  return all.once<string, ReadonlySet<FlowFunction>>(starters, '', new Set(), () => {
    const callers = new Map<FlowFunction, FlowFunction[]>();
    const found = new Set<FlowFunction>();
    const work: FlowFunction[] = [];
    const add = (fn: FlowFunction): void => {
      // Who makes a literal may call it.
      for (let at: FlowFunction | undefined = fn; at; at = at.parent) {
        if (found.has(at)) continue;
        found.add(at);
        work.push(at);
      }
    };
    for (const fn of all.functions()) {
      for (const outer of fn.ops) {
        const op = outer.inner ?? outer;
        if (startsItself(all, op)) add(fn);
        for (const target of targetsOf(all, op)) {
          const list = callers.get(target);
          if (list) list.push(fn);
          else callers.set(target, [fn]);
        }
      }
    }
    for (let next = work.pop(); next; next = work.pop()) for (const caller of callers.get(next) ?? []) add(caller);
    return found;
  });
}
