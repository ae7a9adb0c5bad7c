/** The growing control-flow graph of one function: nodes, loose ends, and the accesses that wait for the next node. */
import type { PackageFile } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { factsOf } from './facts';
import type { Access, Fact, FlowFunction, FlowNode, Op, Place } from './operations';
import { type Resolver, Scope } from './resolve';

/** Loose ends: nodes whose successor is what comes next. */
export type Ends = { from: FlowNode; facts: readonly Fact[] }[];

const NO_FACTS: readonly Fact[] = [];

export function emptyFunction(
  name: string,
  node: Syntax,
  body: Syntax,
  file: PackageFile,
  use: FlowFunction['use'],
): FlowFunction {
  const entry: FlowNode = { id: 0, op: undefined, next: [] };
  return {
    name,
    node,
    body,
    file,
    use,
    parameters: [],
    locals: [],
    literals: [],
    entry,
    nodes: [entry],
    ops: [],
    bindings: [],
  };
}

export class GraphBuilder {
  protected ends: Ends;
  /** Literals may share its variables. */
  protected readonly shares: boolean;
  private readonly pending: Access[] = [];
  private pendingNode: Syntax | undefined;

  constructor(
    protected readonly fn: FlowFunction,
    protected readonly resolver: Resolver,
    protected readonly file: PackageFile,
    protected scope: Scope,
  ) {
    this.ends = [{ from: fn.entry, facts: NO_FACTS }];
    this.shares = fn.parent !== undefined || fn.body.descendantsOfType('func_literal').length > 0;
  }

  /** Lists that have grown have room to spare, and there are many: what is kept is cut to size. */
  protected trim(): void {
    const { fn } = this;
    for (const node of fn.nodes) node.next = node.next.slice();
    fn.nodes = fn.nodes.slice();
    fn.ops = fn.ops.slice();
    fn.locals = fn.locals.slice();
  }

  protected node(op: Op | undefined): FlowNode {
    const node: FlowNode = { id: this.fn.nodes.length, op, next: [] };
    this.fn.nodes.push(node);
    connect(this.ends, node);
    this.ends = [{ from: node, facts: NO_FACTS }];
    if (op) this.fn.ops.push(op);
    return node;
  }

  protected emit(op: Omit<Op, 'fn'>): FlowNode {
    this.flush();
    return this.node({ ...op, fn: this.fn });
  }

  /** Reads and writes seen since the last operation become one node. */
  protected flush(): void {
    if (this.pending.length === 0) return;
    const accesses = this.takePending();
    this.node({ kind: 'access', node: this.pendingNode!, accesses, fn: this.fn });
  }

  protected access(place: Place | undefined, write: boolean, node: Syntax): void {
    if (!place || !(write || this.matters(place))) return;
    if (this.pending.length === 0) this.pendingNode = node;
    const access: Access = { place, write, node };
    if (place.path.at(-1)?.startsWith('[') && node.type === 'index_expression' && this.isMap(node)) access.ofMap = true;
    this.pending.push(access);
  }

  /** Most reads say nothing to any check, and there are many. */
  protected matters({ root, path, type }: Place): boolean {
    const { pkg } = this.resolver;
    if (path.length === 0 && (root.owner === undefined || this.shares)) return true;
    if (type !== undefined && pkg.underlying(type)?.kind === 'channel') return true;
    return path.length > 0;
  }

  private isMap(index: Syntax): boolean {
    const { pkg } = this.resolver;
    const type = pkg.underlying(this.resolver.typeOf(index.childForFieldName('operand'), this.scope, this.file));
    return (type?.kind === 'pointer' ? pkg.underlying(type.to) : type)?.kind === 'map';
  }

  protected place(node: Syntax | null | undefined): Place | undefined {
    return this.resolver.place(node, this.scope, this.file);
  }

  /** Also `s.Done()` where Done only returns a field: that field. */
  protected channelPlace(node: Syntax | null | undefined): Place | undefined {
    return this.place(node) ?? this.resolver.accessor(node, this.scope, this.file);
  }

  protected inScope(work: () => void): void {
    const outer = this.scope;
    this.scope = new Scope(outer);
    work();
    this.scope = outer;
  }

  /** Takes what was read and written since the last node. */
  protected takePending(): Access[] {
    return this.pending.splice(0);
  }

  /** Takes the address of a place. */
  protected addressOf(place: Place, node: Syntax): void {
    this.access(place, true, node);
    const access = this.pending.at(-1)!;
    access.write = false;
    access.address = true;
  }
}

export function connect(ends: Ends, to: FlowNode): void {
  for (const { from, facts } of ends) from.next.push({ to, facts });
}

export function withFacts(ends: Ends, condition: Syntax | null, value: boolean): Ends {
  const facts = condition ? factsOf(condition, value) : [];
  return facts.length === 0 ? ends : ends.map(({ from, facts: known }) => ({ from, facts: [...known, ...facts] }));
}
