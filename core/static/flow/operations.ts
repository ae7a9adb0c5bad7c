/**
 * What functions do, as the checks see it: a control-flow graph whose nodes are operations. It is built once for a
 * function and its literals; names are resolved to variables and, as far as declarations tell, to fields and types.
 */
import type { PackageFile, PackageFunction } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import type { Type } from '../source/types';

export interface Variable {
  id: number;
  name: string;
  /** As the owner of a Place. */
  owned: string;
  type: Type | undefined;
  /** Where it is declared. */
  node: Syntax;
  /** The function or literal that declares it; undefined of package variables. */
  owner: FlowFunction | undefined;
  /** Index of a parameter; -1 of the receiver. */
  parameter?: number;
  result?: boolean;
  /** Its first value, where that is one expression. */
  value?: Syntax;
  /** What it is another name for: `mu := &s.mu`. */
  alias?: Place;
  /** Assignments besides the declaration. */
  writes: number;
  /** No variable: stands for the value of an expression. */
  temporary?: true;
  /** Declared by the head of a loop. */
  loop?: Syntax;
  /** The element of a list or map that it is in each round. */
  element?: Place;
}

/** A variable, or a field or element of one. */
export interface Place {
  root: Variable;
  /** Fields, and `[i]` for elements. */
  path: readonly string[];
  type: Type | undefined;
  /** Across functions: `T.mu`, the name of a package variable, or `#7` of a local one. */
  owner: string;
  node: Syntax;
}

export const placeKey = ({ root, path }: Place): string =>
  path.length === 0 ? `${root.id}` : `${root.id}.${path.join('.')}`;

export type OpKind =
  | 'lock'
  | 'unlock'
  | 'send'
  | 'receive'
  | 'select'
  | 'close'
  | 'go'
  | 'defer'
  | 'call'
  | 'wg-add'
  | 'wg-done'
  | 'wg-wait'
  | 'cond-wait'
  | 'cond-signal'
  | 'cond-broadcast'
  | 'once'
  | 'access'
  | 'literal'
  | 'test'
  | 'loop'
  | 'return';

export interface Call {
  /** `f`, `T.m` of the package; `context.WithCancel` by import path; the method's name alone when its owner is not known. */
  name: string;
  /** The name of the method or function as written. */
  method: string;
  node: Syntax;
  args: readonly Syntax[];
  /** The variables and fields among the arguments. */
  argPlaces: readonly (Place | undefined)[];
  /** What it is called on. */
  receiver?: Place;
  receiverNode?: Syntax;
  receiverType?: Type | undefined;
  /** A function of the package. */
  target?: PackageFunction;
  /** A function literal that is called, or the only one that a variable holds. */
  literal?: FlowFunction;
  /** A call through a variable, field or parameter of function type. */
  dynamic: boolean;
  /** The variable of function type that is called. */
  variable?: Variable;
}

export interface Access {
  place: Place;
  write: boolean;
  node: Syntax;
  /** Only its address is taken. */
  address?: true;
  /** An element of a map: writing one writes the map. */
  ofMap?: true;
}

export interface SelectInfo {
  node: Syntax;
  cases: Op[];
  hasDefault: boolean;
}

export interface Op {
  kind: OpKind;
  node: Syntax;
  place?: Place;
  /** Of lock and unlock: read-locks. */
  shared?: boolean;
  /** Of lock: TryLock that came out true. */
  tried?: boolean;
  /** Of receive: `for range ch`. */
  range?: boolean;
  call?: Call;
  /** Of go, defer, once: what is run. */
  target?: FlowFunction | PackageFunction;
  /** Of defer: what is done at the return. */
  inner?: Op;
  /** Of send and receive: the select whose case it is. */
  select?: SelectInfo;
  /** Of select. */
  info?: SelectInfo;
  accesses?: Access[];
  /** Of literal: it is handed to this call. */
  given?: Call;
  /** Names whose facts end here. */
  assigns?: readonly string[];
  fn: FlowFunction;
}

export interface Fact {
  text: string;
  value: boolean;
}

export interface FlowNode {
  id: number;
  op: Op | undefined;
  next: { to: FlowNode; facts: readonly Fact[] }[];
  /** How the function is left here. */
  exit?: 'return' | 'end' | 'panic';
}

/** A function that a variable, field, parameter or result may hold from here on. */
export interface Binding {
  /** As in Place; `key()` of what a function returns, `key(1)` of its second parameter. */
  owner: string;
  value: FlowFunction | PackageFunction | { owner: string };
}

/** Parameters of a declared function go by its name, so that calls need not have seen its graph. */
export function bindingOwner({ owner, parameter, id, name }: Variable): string {
  if (!owner) return name;
  return parameter !== undefined && parameter >= 0 && owner.declared ? `${owner.declared.key}(${parameter})` : `#${id}`;
}

export interface FlowFunction {
  /** As Go prints it. */
  name: string;
  node: Syntax;
  body: Syntax;
  file: PackageFile;
  declared?: PackageFunction;
  parent?: FlowFunction;
  /** How a literal is used: run as a goroutine, deferred, called at once, or a value. */
  use: 'declared' | 'go' | 'defer' | 'call' | 'value';
  parameters: Variable[];
  receiver?: Variable;
  locals: Variable[];
  literals: FlowFunction[];
  entry: FlowNode;
  nodes: FlowNode[];
  ops: Op[];
  bindings: Binding[];
}

/** The declared function that a literal stands in. */
export function outermost(fn: FlowFunction): FlowFunction {
  let at = fn;
  while (at.parent) at = at.parent;
  return at;
}

/** The function and the literals in it. */
export function family(fn: FlowFunction): FlowFunction[] {
  return [fn, ...fn.literals.flatMap(family)];
}

/** Loops (and literals are no borders) around a node, innermost first, up to the body of its function. */
export function loopsAround(node: Syntax, fn: FlowFunction): Syntax[] {
  const loops: Syntax[] = [];
  for (let at: Syntax | null = node.parent; at && at !== fn.body; at = at.parent)
    if (at.type === 'for_statement') loops.push(at);
  return loops;
}
