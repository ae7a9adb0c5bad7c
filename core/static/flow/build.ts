/** Builds the control-flow graph of a declared function and of the literals in it. Linear in the source. */
import type { PackageFile, PackageFunction } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { type Type, typeOfSyntax } from '../source/types';
import { BranchBuilder } from './build-branches';
import { connect, type Ends, emptyFunction } from './graph';
import type { FlowFunction, FlowNode } from './operations';
import { newVariable, type Resolver, Scope } from './resolve';

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

class Builder extends BranchBuilder {
  private readonly labels = new Map<string, FlowNode>();
  private readonly gotos: { from: Ends; label: string }[] = [];

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
    const end = this.node(undefined);
    end.exit = 'end';
    this.ends = [];
    for (const { from, label } of this.gotos) {
      const to = this.labels.get(label);
      if (to) connect(from, to);
    }
    this.trim();
  }

  buildExpression(): void {
    this.expression(this.fn.body);
    this.flush();
    this.node(undefined).exit = 'end';
    this.trim();
  }

  protected nested(fn: FlowFunction): void {
    new Builder(fn, this.resolver, this.file, new Scope(this.scope)).build();
  }

  protected block(node: Syntax | null | undefined): void {
    if (!node) return;
    this.inScope(() => {
      for (const child of node.namedChildren) {
        if (child.type === 'statement_list') for (const one of child.namedChildren) this.statement(one);
        else this.statement(child);
      }
    });
  }

  protected statement(node: Syntax, label?: string): void {
    switch (node.type) {
      case 'block':
      case 'statement_list':
        this.block(node);
        return;
      case 'labeled_statement': {
        this.flush();
        const [name, inner] = node.namedChildren;
        const at = this.node(undefined);
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
        if (this.fn.declared) this.bind(`${this.fn.declared.key}()`, node.namedChild(0) ?? undefined);
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

  protected send(node: Syntax): void {
    const channel = node.childForFieldName('channel');
    this.expression(node.childForFieldName('value'));
    if (channel?.type !== 'identifier') this.expression(channel);
    const place = this.place(channel);
    this.emit({ kind: 'send', node, ...(place ? { place } : {}) });
  }

  /** `go f(x)` and `defer f(x)`: operand and arguments are evaluated now. */
  protected started(node: Syntax): void {
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
}
