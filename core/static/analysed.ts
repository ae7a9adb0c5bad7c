/** A package as the checks are given it: its index, and the control-flow graphs of its functions, built when asked for. */
import { buildFlow, buildValue } from './flow/build';
import { type FlowFunction, family } from './flow/operations';
import { Resolver } from './flow/resolve';
import type { Declaration } from './source/declarations';
import type { Package, PackageFunction } from './source/package';

export class Analysed {
  readonly resolver: Resolver;
  /** A declaration declares one function. */
  private readonly flows = new Map<Declaration, FlowFunction>();
  private declared: FlowFunction[] | undefined;
  private everything: FlowFunction[] | undefined;
  private readonly memories = new Map<unknown, Map<unknown, unknown>>();

  /** `focus`: only the functions of these declarations are looked at, and what they call. */
  constructor(
    public pkg: Package,
    private focus?: ReadonlySet<Declaration>,
  ) {
    this.resolver = new Resolver(pkg);
  }

  /**
   * The same package after edits inside functions: what was worked out about the others is kept, also where they call an
   * edited one.
   */
  update(pkg: Package, focus: ReadonlySet<Declaration>): void {
    this.pkg = pkg;
    this.resolver.pkg = pkg;
    this.focus = focus;
    this.declared = undefined;
    this.everything = undefined;
  }

  flow(of: PackageFunction): FlowFunction {
    // A call may have been resolved before its target was edited.
    const isKnown = this.flows.has(of.declaration) || this.pkg.variants.get(of.key)?.includes(of);
    const now = isKnown ? of : (this.pkg.functions.get(of.key) ?? of);
    let flow = this.flows.get(now.declaration);
    if (!flow) {
      flow = buildFlow(now, this.resolver);
      this.flows.set(now.declaration, flow);
    }
    return flow;
  }

  /** The declared functions of the package, and the literals in the values of its variables. */
  roots(): readonly FlowFunction[] {
    this.declared ??= [
      ...this.pkg.all
        .filter(({ declaration }) => !this.focus || this.focus.has(declaration))
        .map((one) => this.flow(one)),
      ...[...this.pkg.variables.values()].flatMap(({ value, file }) =>
        value && !this.focus && value.descendantsOfType('func_literal').length > 0
          ? buildValue('', value, file, this.resolver).literals
          : [],
      ),
    ].sort((a, b) => (a.file === b.file ? a.node.startIndex - b.node.startIndex : 0));
    return this.declared;
  }

  /** Declared functions and literals. */
  functions(): readonly FlowFunction[] {
    this.everything ??= this.roots().flatMap(family);
    return this.everything;
  }

  /** The flow that an operation runs. */
  target(of: FlowFunction | PackageFunction | undefined): FlowFunction | undefined {
    if (!of) return undefined;
    return 'entry' in of ? of : this.flow(of);
  }

  /** Works it out once for each package state; while it is being worked out (recursion) `meanwhile` stands for it. */
  once<K, V>(what: unknown, key: K, meanwhile: V, work: () => V): V {
    let memory = this.memories.get(what);
    if (!memory) {
      memory = new Map();
      this.memories.set(what, memory);
    }
    if (memory.has(key)) return memory.get(key) as V;
    memory.set(key, meanwhile);
    const value = work();
    memory.set(key, value);
    return value;
  }
}
