/** A package as the checks are given it: its index, and the control-flow graphs of its functions, built when asked for. */
import { buildFlow, buildValue } from './flow/build';
import { type FlowFunction, family } from './flow/operations';
import { Resolver } from './flow/resolve';
import type { Package, PackageFile, PackageFunction } from './source/package';

export class Analysed {
  readonly resolver: Resolver;
  private readonly flows = new Map<PackageFunction, FlowFunction>();
  private declared: FlowFunction[] | undefined;
  private everything: FlowFunction[] | undefined;
  private readonly memories = new Map<unknown, Map<unknown, unknown>>();

  /** `focus`: only the functions of this file are looked at, and what they call. */
  constructor(
    readonly pkg: Package,
    private readonly focus?: PackageFile,
  ) {
    this.resolver = new Resolver(pkg);
  }

  flow(of: PackageFunction): FlowFunction {
    let flow = this.flows.get(of);
    if (!flow) {
      flow = buildFlow(of, this.resolver);
      this.flows.set(of, flow);
    }
    return flow;
  }

  /** The declared functions of the package, and the literals in the values of its variables. */
  roots(): readonly FlowFunction[] {
    this.declared ??= [
      ...this.pkg.all.filter(({ file }) => this.sees(file)).map((one) => this.flow(one)),
      ...[...this.pkg.variables.values()].flatMap(({ value, file }) =>
        value && this.sees(file) && value.descendantsOfType('func_literal').length > 0
          ? buildValue('', value, file, this.resolver).literals
          : [],
      ),
    ].sort((a, b) => (a.file === b.file ? a.node.startIndex - b.node.startIndex : 0));
    return this.declared;
  }

  private sees(file: PackageFile): boolean {
    return this.focus === undefined || file === this.focus;
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
