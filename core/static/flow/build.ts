/** Builds the control-flow graph of a declared function and of the literals in it. Linear in the source. */
import type { PackageFile, PackageFunction } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { nameOf, type Type, typeOfSyntax } from '../source/types';
import { EMBEDDABLE, likelyLock, meaningOf } from './classify';
import { factsOf } from './facts';
import { neverReturns } from './never-returns';
import type { Access, Call, Fact, FlowFunction, FlowNode, Op, Place, SelectInfo, Variable } from './operations';
import { newVariable, type Resolver, Scope } from './resolve';

/** Loose ends: nodes whose successor is what comes next. */
type Ends = { from: FlowNode; facts: readonly Fact[] }[];

interface Target {
  label: string | undefined;
  breaks: Ends;
  /** Absent in switch and select. */
  continues?: Ends;
}

export function buildFlow(declared: PackageFunction, resolver: Resolver): FlowFunction {
  const { node, body, name, file } = declared;
  const fn = emptyFunction(name, node, body, file, 'declared');
  fn.declared = declared;
  const scope = new Scope();
  if (declared.receiver) {
    const receiver = newVariable({
      name: declared.receiver.name,
      type: declared.receiver.type,
      node,
      owner: fn,
      parameter: -1,
    });
    fn.receiver = receiver;
    scope.declare(receiver);
  }
  new Builder(fn, resolver, file, scope).build();
  return fn;
}

/** The literals in the value of a package variable. */
export function buildValue(name: string, value: Syntax, file: PackageFile, resolver: Resolver): FlowFunction {
  const fn = emptyFunction(name, value, value, file, 'declared');
  new Builder(fn, resolver, file, new Scope()).buildExpression();
  return fn;
}

function emptyFunction(
  name: string,
  node: Syntax,
  body: Syntax,
  file: PackageFile,
  use: FlowFunction['use'],
): FlowFunction {
  const entry: FlowNode = { id: 0, op: undefined, next: [] };
  return { name, node, body, file, use, parameters: [], locals: [], literals: [], entry, nodes: [entry], ops: [] };
}

class Builder {
  private ends: Ends;
  /** Literals may share its variables. */
  private readonly shares: boolean;
  private readonly targets: Target[] = [];
  private readonly labels = new Map<string, FlowNode>();
  private readonly gotos: { from: Ends; label: string }[] = [];
  private pending: Access[] = [];
  private pendingNode: Syntax | undefined;

  constructor(
    private readonly fn: FlowFunction,
    private readonly resolver: Resolver,
    private readonly file: PackageFile,
    private scope: Scope,
  ) {
    this.ends = [{ from: fn.entry, facts: [] }];
    this.shares = fn.parent !== undefined || fn.body.descendantsOfType('func_literal').length > 0;
  }

  build(): void {
    const { fn } = this;
    const parameters = fn.node.childForFieldName('parameters');
    let index = 0;
    for (const parameter of parameters?.namedChildren ?? []) {
      const type = typeOfSyntax(parameter.childForFieldName('type'), this.file.source.imports);
      const variadic = parameter.type === 'variadic_parameter_declaration';
      const names = parameter.childrenForFieldName('name');
      if (names.length === 0) index++;
      for (const name of names) {
        const of: Type | undefined = variadic ? { kind: 'list', element: type } : type;
        const variable = newVariable({ name: name.text, type: of, node: name, owner: fn, parameter: index++ });
        fn.parameters.push(variable);
        this.scope.declare(variable);
      }
    }
    const result = fn.node.childForFieldName('result');
    if (result?.type === 'parameter_list') {
      for (const parameter of result.namedChildren) {
        const type = typeOfSyntax(parameter.childForFieldName('type'), this.file.source.imports);
        for (const name of parameter.childrenForFieldName('name')) {
          const variable = newVariable({ name: name.text, type, node: name, owner: fn, result: true });
          fn.locals.push(variable);
          this.scope.declare(variable);
        }
      }
    }
    this.block(fn.body);
    this.flush();
    const end = this.node(undefined, fn.body);
    end.exit = 'end';
    this.ends = [];
    for (const { from, label } of this.gotos) {
      const to = this.labels.get(label);
      if (to) connect(from, to);
    }
  }

  buildExpression(): void {
    this.expression(this.fn.body);
    this.flush();
    this.node(undefined, this.fn.body).exit = 'end';
  }

  // Nodes

  private node(op: Op | undefined, _at: Syntax): FlowNode {
    const node: FlowNode = { id: this.fn.nodes.length, op, next: [] };
    this.fn.nodes.push(node);
    connect(this.ends, node);
    this.ends = [{ from: node, facts: [] }];
    if (op) this.fn.ops.push(op);
    return node;
  }

  private emit(op: Omit<Op, 'fn'>): FlowNode {
    this.flush();
    return this.node({ ...op, fn: this.fn }, op.node);
  }

  /** Reads and writes seen since the last operation become one node. */
  private flush(): void {
    if (this.pending.length === 0) return;
    const accesses = this.pending;
    this.pending = [];
    this.node({ kind: 'access', node: this.pendingNode!, accesses, fn: this.fn }, this.pendingNode!);
  }

  private access(place: Place | undefined, write: boolean, node: Syntax): void {
    if (!place || !(write || this.matters(place))) return;
    if (this.pending.length === 0) this.pendingNode = node;
    this.pending.push({ place, write, node });
  }

  /** Most reads say nothing to any check, and there are many. */
  private matters({ root, path, type, owner }: Place): boolean {
    const { pkg } = this.resolver;
    if (path.length === 0 && (root.owner === undefined || this.shares)) return true;
    if (type !== undefined && pkg.underlying(type)?.kind === 'channel') return true;
    if (path.length === 0) return false;
    const last = path.at(-1)!;
    return (
      pkg.lockedTypes().has(owner.slice(0, owner.indexOf('.'))) ||
      /^R?Unlock$/u.test(last) ||
      /^u?int(?:32|64|ptr)$/u.test(nameOf(type) ?? '') ||
      (this.shares && last.startsWith('['))
    );
  }

  private place(node: Syntax | null | undefined): Place | undefined {
    return this.resolver.place(node, this.scope, this.file);
  }

  private inScope(work: () => void): void {
    const outer = this.scope;
    this.scope = new Scope(outer);
    work();
    this.scope = outer;
  }

  // Statements

  private block(node: Syntax | null | undefined): void {
    if (!node) return;
    this.inScope(() => {
      for (const child of node.namedChildren) {
        if (child.type === 'statement_list') for (const one of child.namedChildren) this.statement(one);
        else this.statement(child);
      }
    });
  }

  private statement(node: Syntax, label?: string): void {
    switch (node.type) {
      case 'block':
      case 'statement_list':
        this.block(node);
        return;
      case 'labeled_statement': {
        this.flush();
        const [name, inner] = node.namedChildren;
        const at = this.node(undefined, node);
        if (name) this.labels.set(name.text, at);
        if (inner) this.statement(inner, name?.text);
        return;
      }
      case 'if_statement':
        this.inScope(() => this.branch(node));
        return;
      case 'for_statement':
        this.inScope(() => this.loop(node, label));
        return;
      case 'expression_switch_statement':
      case 'type_switch_statement':
        this.inScope(() => this.cases(node, label));
        return;
      case 'select_statement':
        this.select(node, label);
        return;
      case 'return_statement': {
        for (const value of node.namedChildren) this.expression(value);
        this.emit({ kind: 'return', node }).exit = 'return';
        this.ends = [];
        return;
      }
      case 'break_statement':
      case 'continue_statement':
        this.jump(node);
        return;
      case 'goto_statement':
        this.flush();
        this.gotos.push({ from: this.ends, label: node.namedChild(0)?.text ?? '' });
        this.ends = [];
        return;
      case 'fallthrough_statement':
        return;
      case 'go_statement':
      case 'defer_statement':
        this.started(node);
        return;
      case 'send_statement':
        this.send(node);
        return;
      case 'short_var_declaration':
      case 'assignment_statement':
      case 'inc_statement':
      case 'dec_statement':
      case 'var_declaration':
        this.assignment(node);
        return;
      case 'const_declaration':
      case 'type_declaration':
      case 'empty_statement':
        return;
      case 'expression_statement':
        for (const child of node.namedChildren) this.expression(child);
        this.flush();
        return;
      default:
        for (const child of node.namedChildren) {
          if (/_(?:statement|declaration)$/u.test(child.type) || child.type === 'block') this.statement(child);
          else this.expression(child);
        }
    }
  }

  private jump(node: Syntax): void {
    this.flush();
    const label = node.namedChildren.find(({ type }) => type === 'label_name')?.text;
    const kind = node.type === 'break_statement' ? 'breaks' : 'continues';
    for (let index = this.targets.length - 1; index >= 0; index--) {
      const target = this.targets[index]!;
      const list = target[kind];
      if (!list || (label !== undefined && target.label !== label)) continue;
      list.push(...this.ends);
      break;
    }
    this.ends = [];
  }

  private branch(node: Syntax): void {
    const initializer = node.childForFieldName('initializer');
    if (initializer) this.statement(initializer);
    const condition = node.childForFieldName('condition');
    const locked = this.condition(condition);
    const tested = this.ends;
    this.ends = withFacts(tested, condition, true);
    if (locked?.value === true) this.node(locked.op, node);
    this.block(node.childForFieldName('consequence'));
    this.flush();
    const after = this.ends;
    this.ends = withFacts(tested, condition, false);
    if (locked?.value === false) this.node(locked.op, node);
    const alternative = node.childForFieldName('alternative');
    if (alternative) this.statement(alternative);
    this.flush();
    this.ends = [...after, ...this.ends];
  }

  /** Evaluates a condition; the lock that a TryLock in it takes, and on which side. */
  private condition(node: Syntax | null): { op: Op; value: boolean } | undefined {
    if (!node) return undefined;
    const before = this.fn.ops.length;
    this.expression(node);
    const op = this.fn.ops.slice(before).find((it) => it.tried);
    this.emit({ kind: 'test', node });
    if (!op) return undefined;
    return { op: { ...op, tried: false }, value: !(node.type === 'unary_expression' && node.operator === '!') };
  }

  private loop(node: Syntax, label: string | undefined): void {
    const body = node.childForFieldName('body');
    const head = node.namedChildren.find((it) => it !== body);
    const clause = head?.type === 'for_clause' ? head : undefined;
    const range = head?.type === 'range_clause' ? head : undefined;
    const condition = clause ? clause.childForFieldName('condition') : range ? null : (head ?? null);
    const initializer = clause?.childForFieldName('initializer');
    if (initializer) {
      const before = this.fn.locals.length;
      this.statement(initializer);
      for (const variable of this.fn.locals.slice(before)) variable.loop = node;
    }
    if (range) this.expression(range.childForFieldName('right'));
    this.flush();
    const target: Target = { label, breaks: [], continues: [] };
    const start = this.emit({ kind: 'loop', node });
    let tested: Ends;
    if (range) {
      const right = range.childForFieldName('right');
      const type = this.resolver.pkg.underlying(this.resolver.typeOf(right, this.scope, this.file));
      if (type?.kind === 'channel') {
        const place = this.place(right);
        this.emit({ kind: 'receive', node: range, range: true, ...(place ? { place } : {}) });
      }
      tested = this.ends;
      this.rangeVariables(node, range, type);
    } else if (condition) {
      const locked = this.condition(condition);
      tested = this.ends;
      this.ends = withFacts(tested, condition, true);
      if (locked?.value === true) this.node(locked.op, node);
    } else tested = [];
    this.targets.push(target);
    this.block(body);
    this.flush();
    this.targets.pop();
    this.ends = [...this.ends, ...target.continues!];
    const update = clause?.childForFieldName('update');
    if (update && this.ends.length > 0) this.statement(update);
    this.flush();
    connect(this.ends, start);
    this.ends = [
      ...(condition && !range ? withFacts(tested, condition, false) : range ? tested : []),
      ...target.breaks,
    ];
  }

  private rangeVariables(loop: Syntax, range: Syntax, type: Type | undefined): void {
    const names = range.childForFieldName('left')?.namedChildren ?? [];
    const defines = /:=\s*range\b/u.test(range.text);
    for (const [index, name] of names.entries()) {
      if (!defines) {
        const place = this.place(name);
        if (place) place.root.writes++;
        this.access(place, true, name);
        continue;
      }
      const element =
        type?.kind === 'list' || type?.kind === 'map' || type?.kind === 'channel' ? type.element : undefined;
      const isElement = index === (type?.kind === 'channel' ? 0 : 1);
      const variable = newVariable({
        name: name.text,
        type: isElement ? element : undefined,
        node: name,
        owner: this.fn,
        loop,
      });
      this.fn.locals.push(variable);
      this.scope.declare(variable);
      this.access(this.place(name), true, name);
    }
    this.emit({
      kind: 'access',
      node: range,
      accesses: this.pending.splice(0),
      assigns: names.map(({ text }) => text),
    });
  }

  private cases(node: Syntax, label: string | undefined): void {
    const initializer = node.childForFieldName('initializer');
    if (initializer) this.statement(initializer);
    this.expression(node.childForFieldName('value'));
    this.emit({ kind: 'test', node });
    const head = this.ends;
    const target: Target = { label, breaks: [] };
    const alias = node.childForFieldName('alias')?.namedChildren ?? [];
    const after: Ends = [];
    let falling: Ends = [];
    let total = false;
    for (const one of node.namedChildren) {
      if (!/_case$/u.test(one.type)) continue;
      if (one.type === 'default_case') total = true;
      this.ends = [...head];
      this.inScope(() => {
        for (const name of alias) {
          const type = typeOfSyntax(one.childForFieldName('type'), this.file.source.imports);
          const variable = newVariable({ name: name.text, type, node: name, owner: this.fn });
          this.fn.locals.push(variable);
          this.scope.declare(variable);
        }
        if (one.type === 'expression_case') this.expression(one.childForFieldName('value'));
        this.flush();
        this.ends = [...this.ends, ...falling];
        this.targets.push(target);
        const list = one.namedChildren.find(({ type }) => type === 'statement_list');
        if (list) this.block(list);
        this.flush();
        this.targets.pop();
      });
      const statements = one.namedChildren.find(({ type }) => type === 'statement_list')?.namedChildren ?? [];
      if (statements.at(-1)?.type === 'fallthrough_statement') falling = this.ends;
      else {
        falling = [];
        after.push(...this.ends);
      }
    }
    this.ends = [...after, ...target.breaks, ...(total ? [] : head)];
  }

  private select(node: Syntax, label: string | undefined): void {
    const cases = node.namedChildren.filter(({ type }) => /_case$/u.test(type));
    const info: SelectInfo = { node, cases: [], hasDefault: cases.some(({ type }) => type === 'default_case') };
    this.emit({ kind: 'select', node, info });
    const head = this.ends;
    const target: Target = { label, breaks: [] };
    const after: Ends = [];
    for (const one of cases) {
      this.ends = [...head];
      this.inScope(() => {
        const communication = one.childForFieldName('communication');
        if (communication) this.communication(communication, info);
        this.targets.push(target);
        const list = one.namedChildren.find(({ type }) => type === 'statement_list');
        if (list) this.block(list);
        this.flush();
        this.targets.pop();
      });
      after.push(...this.ends);
    }
    // An empty select waits for ever.
    this.ends = [...after, ...target.breaks];
  }

  private communication(node: Syntax, info: SelectInfo): void {
    const before = this.fn.ops.length;
    if (node.type === 'send_statement') this.send(node);
    else {
      const right = node.type === 'receive_statement' ? node.childForFieldName('right') : node;
      this.expression(right);
      if (node.type === 'receive_statement') this.assigned(node);
    }
    this.flush();
    const op = this.fn.ops.slice(before).findLast(({ kind }) => kind === 'send' || kind === 'receive');
    if (!op) return;
    op.select = info;
    info.cases.push(op);
  }

  private send(node: Syntax): void {
    const channel = node.childForFieldName('channel');
    this.expression(node.childForFieldName('value'));
    if (channel?.type !== 'identifier') this.expression(channel);
    const place = this.place(channel);
    this.emit({ kind: 'send', node, ...(place ? { place } : {}) });
  }

  /** `go f(x)` and `defer f(x)`: operand and arguments are evaluated now. */
  private started(node: Syntax): void {
    const call = node.namedChild(0);
    const defers = node.type === 'defer_statement';
    if (call?.type !== 'call_expression') {
      for (const child of node.namedChildren) this.expression(child);
      return;
    }
    const inner = this.call(call, defers ? 'defer' : 'go');
    this.flush();
    const target = inner.call?.literal ?? inner.call?.target ?? inner.target;
    const of = { node, ...(target ? { target } : {}), ...(inner.call ? { call: inner.call } : {}) };
    if (defers) this.emit({ kind: 'defer', inner, ...of });
    else this.emit({ kind: 'go', ...of });
  }

  // Assignments

  private assignment(node: Syntax): void {
    switch (node.type) {
      case 'inc_statement':
      case 'dec_statement': {
        const operand = node.namedChild(0);
        this.expression(operand);
        this.written(operand, node);
        this.emit({ kind: 'access', node, accesses: this.pending.splice(0), assigns: operand ? [operand.text] : [] });
        return;
      }
      case 'var_declaration':
        for (const spec of node.descendantsOfType('var_spec')) {
          if (spec.parent !== node && spec.parent?.type !== 'var_spec_list') continue;
          const values = spec.childForFieldName('value')?.namedChildren ?? [];
          for (const value of values) this.expression(value);
          const type = typeOfSyntax(spec.childForFieldName('type'), this.file.source.imports);
          this.declare(spec.childrenForFieldName('name'), values, type, spec);
        }
        return;
      case 'short_var_declaration': {
        const left = node.childForFieldName('left')?.namedChildren ?? [];
        const right = node.childForFieldName('right')?.namedChildren ?? [];
        for (const value of right) this.expression(value);
        this.declare(left, right, undefined, node);
        return;
      }
      default: {
        const left = node.childForFieldName('left')?.namedChildren ?? [];
        for (const value of node.childForFieldName('right')?.namedChildren ?? []) this.expression(value);
        for (const one of left) {
          if (node.operator !== '=' && node.operator !== '') this.expression(one);
          else if (one.type !== 'identifier') this.operands(one);
          this.written(one, node);
        }
        this.emit({ kind: 'access', node, accesses: this.pending.splice(0), assigns: left.map(({ text }) => text) });
        if (node.operator === '=' || node.operator === '')
          this.constants(left, node.childForFieldName('right')?.namedChildren ?? []);
      }
    }
  }

  /** `locked := false`: what is assigned is known until the next assignment. */
  private constants(names: readonly Syntax[], values: readonly Syntax[]): void {
    if (names.length !== values.length) return;
    const facts = names.flatMap((name, index): Fact[] => {
      const value = values[index]!.type;
      if (name.type !== 'identifier' || (value !== 'true' && value !== 'false')) return [];
      return [{ text: name.text, value: value === 'true' }];
    });
    if (facts.length > 0)
      this.ends = this.ends.map(({ from, facts: known }) => ({ from, facts: [...known, ...facts] }));
  }

  private written(node: Syntax | null, at: Syntax): void {
    const place = this.place(node);
    if (!place) return;
    if (place.path.length === 0) place.root.writes++;
    this.access(place, true, node ?? at);
  }

  /** What `a.b[i] = x` reads. */
  private operands(node: Syntax): void {
    for (const child of node.namedChildren) if (child.type !== 'field_identifier') this.expression(child);
  }

  private declare(
    names: readonly Syntax[],
    values: readonly Syntax[],
    declaredType: Type | undefined,
    node: Syntax,
  ): void {
    const results =
      names.length > 1 && values.length === 1 && values[0]?.type === 'call_expression'
        ? this.resolver.resultsOf(values[0], this.scope, this.file)
        : undefined;
    const fresh: Variable[] = [];
    for (const [index, name] of names.entries()) {
      const value = values.length === names.length ? values[index] : undefined;
      // `:=` declares only what is new in this block, and writes the rest.
      const known = node.type === 'short_var_declaration' ? this.scope.find(name.text) : undefined;
      if (known && known.owner === this.fn && this.declaredHere(known, node)) {
        known.writes++;
        this.access(this.place(name), true, name);
        continue;
      }
      // `v, ok := m[k]`
      const first = index === 0 && values.length === 1 ? values[0] : undefined;
      const of = value ?? first;
      const type = declaredType ?? (results ? results[index] : of ? this.typeOfValue(of) : undefined);
      const variable = newVariable({ name: name.text, type, node: name, owner: this.fn, ...(value ? { value } : {}) });
      if (value) this.alias(variable, value);
      fresh.push(variable);
    }
    for (const variable of fresh) {
      this.fn.locals.push(variable);
      this.scope.declare(variable);
      this.access(
        { root: variable, path: [], type: variable.type, owner: `#${variable.id}`, node: variable.node },
        true,
        variable.node,
      );
    }
    this.emit({ kind: 'access', node, accesses: this.pending.splice(0), assigns: names.map(({ text }) => text) });
    this.constants(names, values);
  }

  private declaredHere(variable: Variable, node: Syntax): boolean {
    const blockOf = (at: Syntax): Syntax | null => {
      let up = at.parent;
      while (
        up &&
        up.type !== 'statement_list' &&
        up.type !== 'block' &&
        !/_case$|^(?:if|for)_statement$|literal$|_declaration$/u.test(up.type)
      )
        up = up.parent;
      return up;
    };
    if (variable.parameter !== undefined || variable.result)
      return this.fn.body === blockOf(node)?.parent || this.fn.body === blockOf(node);
    let own: Syntax | null = variable.node;
    while (own && !/^(?:short_var_declaration|var_declaration|range_clause|receive_statement)$/u.test(own.type))
      own = own.parent;
    return own !== null && blockOf(own) === blockOf(node);
  }

  private typeOfValue(value: Syntax): Type | undefined {
    return this.resolver.typeOf(value, this.scope, this.file);
  }

  /** `mu := &s.mu`, `ch := s.ch`: what is shared goes by its first name. Structs are copied. */
  private alias(variable: Variable, value: Syntax): void {
    const kind = this.resolver.pkg.underlying(variable.type)?.kind;
    if (kind !== 'pointer' && kind !== 'channel' && kind !== 'map') return;
    const place = this.place(value);
    if (place && !(place.path.length === 0 && place.root === variable)) variable.alias = place;
  }

  /** `v, ok := <-ch` of a select: its left side. */
  private assigned(node: Syntax): void {
    const left = node.childForFieldName('left')?.namedChildren ?? [];
    const channel = this.resolver.typeOf(node.childForFieldName('right'), this.scope, this.file);
    if (/^[^=]*:=/u.test(node.text)) {
      for (const [index, name] of left.entries()) {
        const variable = newVariable({
          name: name.text,
          type: index === 0 ? channel : undefined,
          node: name,
          owner: this.fn,
        });
        this.fn.locals.push(variable);
        this.scope.declare(variable);
      }
    } else for (const one of left) this.written(one, node);
    this.emit({ kind: 'access', node, accesses: this.pending.splice(0), assigns: left.map(({ text }) => text) });
  }

  // Expressions

  private expression(node: Syntax | null | undefined): void {
    switch (node?.type) {
      case undefined:
        return;
      case 'identifier':
        this.access(this.place(node), false, node!);
        return;
      case 'selector_expression': {
        const place = this.place(node);
        if (place) this.access(place, false, node!);
        if (!place || place.root.temporary) this.expression(node!.childForFieldName('operand'));
        return;
      }
      case 'index_expression': {
        const place = this.place(node);
        if (place) this.access(place, false, node!);
        if (!place || place.root.temporary) this.expression(node!.childForFieldName('operand'));
        this.expression(node!.childForFieldName('index'));
        return;
      }
      case 'func_literal':
        this.literal(node!, 'value');
        return;
      case 'call_expression':
        this.emitCall(this.call(node!, 'call'), node!);
        return;
      case 'unary_expression':
        if (node!.operator === '<-') {
          const operand = node!.childForFieldName('operand');
          this.expression(operand);
          const place = this.place(operand) ?? this.accessor(operand);
          this.emit({ kind: 'receive', node: node!, ...(place ? { place } : {}) });
          return;
        }
        if (node!.operator === '&') {
          const operand = node!.childForFieldName('operand');
          const place = this.place(operand);
          if (place && !place.root.temporary) {
            this.access(place, true, operand!);
            const access = this.pending.at(-1)!;
            access.write = false;
            access.address = true;
            return;
          }
        }
        this.expression(node!.childForFieldName('operand'));
        return;
      case 'keyed_element': {
        const value = node!.namedChildren.at(-1);
        this.expression(value);
        return;
      }
      case 'type_conversion_expression':
      case 'type_assertion_expression':
        this.expression(node!.childForFieldName('operand'));
        return;
      case 'composite_literal':
        this.expression(node!.childForFieldName('body'));
        return;
      default:
        if (/_type$/u.test(node!.type)) return;
        for (const child of node!.namedChildren) this.expression(child);
    }
  }

  /** `<-s.Done()` where Done only returns a field: that field. */
  private accessor(node: Syntax | null): Place | undefined {
    if (node?.type !== 'call_expression') return undefined;
    const { target, receiver } = this.resolver.callee(node, this.scope, this.file);
    if (!target?.receiver || !receiver) return undefined;
    const last = target.body.namedChildren.at(-1)?.namedChildren.at(-1);
    const value = last?.type === 'return_statement' ? last.namedChild(0)?.namedChild(0) : undefined;
    if (value?.type !== 'selector_expression') return undefined;
    const operand = value.childForFieldName('operand');
    if (operand?.type !== 'identifier' || operand.text !== target.receiver.name) return undefined;
    return this.resolver.fieldOf(receiver, value.childForFieldName('field')?.text ?? '', node);
  }

  private literal(node: Syntax, use: FlowFunction['use'], given?: Call): FlowFunction {
    const name = this.literalName();
    const body = node.childForFieldName('body')!;
    const fn = emptyFunction(name, node, body, this.file, use);
    fn.parent = this.fn;
    this.fn.literals.push(fn);
    new Builder(fn, this.resolver, this.file, new Scope(this.scope)).build();
    if (use === 'value') this.emit({ kind: 'literal', node, target: fn, ...(given ? { given } : {}) });
    return fn;
  }

  /** As Go prints it: `F.func1`, `F.func1.2`. */
  private literalName(): string {
    const { fn } = this;
    const number = fn.literals.length + 1;
    return fn.parent ? `${fn.name}.${number}` : `${fn.name === '' ? 'init' : fn.name}.func${number}`;
  }

  private call(node: Syntax, how: 'call' | 'go' | 'defer'): Op {
    const callee = this.resolver.callee(node, this.scope, this.file);
    const args = node.childForFieldName('arguments')?.namedChildren ?? [];
    let target = node.childForFieldName('function');
    while (target?.type === 'parenthesized_expression') target = target.namedChild(0);
    const argPlaces = args.map((arg) => this.place(arg));
    const call: Call = { ...callee, node, args, argPlaces };
    if (target?.type === 'func_literal') call.literal = this.literal(target, how);
    else if (callee.receiverNode && (!callee.receiver || callee.receiver.root.temporary))
      this.expression(callee.receiverNode);
    else if (callee.receiver && !meaningOf(callee.receiver.type, callee.method))
      this.access(callee.receiver, false, callee.receiver.node);
    const operation = this.operationOf(call, node);
    const builtin = callee.name === 'make' || callee.name === 'new';
    const spawns = operation?.kind === 'go' || callee.name === 'time.AfterFunc';
    for (const [index, arg] of args.entries()) {
      if (builtin && index === 0) continue;
      if (arg.type === 'func_literal') {
        const literal = this.literal(arg, spawns ? 'go' : operation?.kind === 'once' ? 'call' : 'value', call);
        if (spawns || operation?.kind === 'once') {
          if (operation) operation.target = literal;
        }
      } else {
        this.expression(arg);
        if ((operation?.kind === 'go' || operation?.kind === 'once') && !operation.target) {
          const method =
            arg.type === 'selector_expression' ? this.methodValue(arg) : this.resolver.pkg.functions.get(arg.text);
          if (method) operation.target = method;
        }
      }
    }
    if (call.dynamic && !call.target && !call.literal && target?.type === 'identifier') {
      const variable = this.scope.find(target.text);
      const held = variable?.writes === 0 && variable.value?.type === 'func_literal' ? variable.value : undefined;
      const literal = held && findLiteral(this.fn, held);
      if (literal) call.literal = literal;
    }
    return operation ?? { kind: 'call', node, call, fn: this.fn };
  }

  private methodValue(node: Syntax): PackageFunction | undefined {
    const of = this.resolver.typeOf(node.childForFieldName('operand'), this.scope, this.file);
    return this.resolver.pkg.method(of, node.childForFieldName('field')?.text ?? '');
  }

  /** The operation of sync or of the language that a call is. */
  private operationOf(call: Call, node: Syntax): Op | undefined {
    const { receiver, method } = call;
    if (call.name === 'close' && call.args.length === 1) {
      const place = this.place(call.args[0]);
      return { kind: 'close', node, call, fn: this.fn, ...(place ? { place } : {}) };
    }
    if (!receiver || call.target) return undefined;
    const meaning = meaningOf(receiver.type, method);
    if (meaning) return { ...meaning, node, call, place: receiver, fn: this.fn };
    for (const name of EMBEDDABLE) {
      const place = this.resolver.fieldOf(receiver, name, receiver.node);
      const found = this.resolver.pkg.field(receiver.type, name)?.field;
      const embedded = found?.embedded ? meaningOf(found.type, method) : undefined;
      if (embedded) return { ...embedded, node, call, place, fn: this.fn };
    }
    if (receiver.type !== undefined || call.args.length > 0) return undefined;
    const likely = likelyLock(receiver.path.at(-1) ?? receiver.root.name, method);
    return likely ? { ...likely, node, call, place: receiver, fn: this.fn } : undefined;
  }

  private emitCall(op: Op, node: Syntax): void {
    this.emit(op);
    if (op.kind !== 'call') return;
    if (neverReturns(op.call!.name, nameOf(op.call!.receiverType))) {
      this.ends[0]!.from.exit = 'panic';
      this.ends = [];
      // What follows in the same expression is not reached; a fresh node keeps the graph whole.
      void node;
    }
  }
}

function findLiteral(fn: FlowFunction, node: Syntax): FlowFunction | undefined {
  for (let at: FlowFunction | undefined = fn; at; at = at.parent) {
    const found = at.literals.find((one) => one.node === node);
    if (found) return found;
  }
  return undefined;
}

function connect(ends: Ends, to: FlowNode): void {
  for (const { from, facts } of ends) from.next.push({ to, facts });
}

function withFacts(ends: Ends, condition: Syntax | null, value: boolean): Ends {
  const facts = condition ? factsOf(condition, value) : [];
  return facts.length === 0 ? ends : ends.map(({ from, facts: known }) => ({ from, facts: [...known, ...facts] }));
}
