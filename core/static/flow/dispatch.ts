/**
 * What a call may run: the declared function, the implementations of an interface of the package, or the functions that
 * a variable, field or parameter is seen to hold anywhere in the package (flow- and context-insensitive, for function
 * values only). Nothing where too many come into question.
 */
import type { Analysed } from '../analysed';
import { bindingOwner, type Call, type FlowFunction, type Op } from './operations';

/** More would say little of any one. */
const MOST_TARGETS = 3;

export function targetsOf(all: Analysed, op: Op): readonly FlowFunction[] {
  const { call, target } = op;
  if (!call || isStartedByGroup(op)) return target ? [all.target(target)!] : [];
  if (call.literal) return [call.literal];
  if (call.target) return [all.flow(call.target)];
  const found = call.dynamic ? valuesAt(all, call) : [];
  if (found.length > 0) return found.length <= MOST_TARGETS ? found : [];
  const implementing = all.pkg.implementations(call.receiverType, call.method, call.args, op.fn.file);
  return implementing.length <= MOST_TARGETS ? implementing.map((one) => all.flow(one)) : [];
}

/** `wg.Go(f)`: the call is that of the group, f is what runs. */
export const isStartedByGroup = ({ kind, place }: Op): boolean => kind === 'go' && place !== undefined;

function valuesAt(all: Analysed, call: Call): readonly FlowFunction[] {
  const field = call.receiverNode && all.pkg.field(call.receiverType, call.method);
  const owner = field ? `${field.owner}.${call.method}` : call.variable && bindingOwner(call.variable);
  return owner === undefined ? [] : [...(functionValues(all).get(owner) ?? [])];
}

/** What a field, variable, parameter or result may hold, by owner as in Binding; nothing where that is too much. */
export function valuesOf(all: Analysed, owner: string): readonly FlowFunction[] {
  const found = [...(functionValues(all).get(owner) ?? [])];
  return found.length <= MOST_TARGETS ? found : [];
}

/** Whether the function is given away as a value somewhere. */
export function isValue(all: Analysed, fn: FlowFunction): boolean {
  const values = all.once<unknown, ReadonlySet<FlowFunction>>(
    isValue,
    '',
    new Set(),
    () => new Set([...functionValues(all).values()].flatMap((some) => [...some])),
  );
  return values.has(fn);
}

/** By owner, as in Binding. */
function functionValues(all: Analysed): ReadonlyMap<string, ReadonlySet<FlowFunction>> {
  return all.once<string, ReadonlyMap<string, ReadonlySet<FlowFunction>>>(functionValues, '', new Map(), () => {
    const values = new Map<string, Set<FlowFunction>>();
    const copies = new Map<string, Set<string>>();
    const work: [string, FlowFunction][] = [];
    for (const { bindings } of all.functions()) {
      for (const { owner, value } of bindings) {
        if ('node' in value) work.push([owner, all.target(value)!]);
        else copies.set(value.owner, (copies.get(value.owner) ?? new Set()).add(owner));
      }
    }
    for (let next = work.pop(); next; next = work.pop()) {
      const [owner, fn] = next;
      const known = values.get(owner) ?? new Set();
      if (known.has(fn)) continue;
      values.set(owner, known.add(fn));
      for (const to of copies.get(owner) ?? []) work.push([to, fn]);
    }
    return values;
  });
}
