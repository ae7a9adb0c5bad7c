/** Calls, and the literals that are called, started, deferred or handed over. */
import type { PackageFunction } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { nameOf, type Type } from '../source/types';
import { EMBEDDABLE, likelyLock, meaningOf } from './classify';
import { emptyFunction, GraphBuilder } from './graph';
import { neverReturns } from './never-returns';
import { type Binding, bindingOwner, type Call, type FlowFunction, type Op } from './operations';

export abstract class CallBuilder extends GraphBuilder {
  protected abstract expression(node: Syntax | null | undefined): void;
  /** Builds the graph of a literal that stands here. */
  protected abstract nested(fn: FlowFunction): void;

  protected literal(node: Syntax, use: FlowFunction['use'], given?: Call): FlowFunction {
    const name = this.literalName();
    const body = node.childForFieldName('body')!;
    const fn = emptyFunction(name, node, body, this.file, use);
    fn.parent = this.fn;
    this.fn.literals.push(fn);
    this.nested(fn);
    if (use === 'value') this.emit({ kind: 'literal', node, target: fn, ...(given ? { given } : {}) });
    return fn;
  }

  /** As Go prints it: `F.func1`, `F.func1.2`. */
  protected literalName(): string {
    const { fn } = this;
    const number = fn.literals.length + 1;
    return fn.parent ? `${fn.name}.${number}` : `${fn.name === '' ? 'init' : fn.name}.func${number}`;
  }

  protected call(node: Syntax, how: 'call' | 'go' | 'defer'): Op {
    const callee = this.resolver.callee(node, this.scope, this.file);
    const args = node.childForFieldName('arguments')?.namedChildren ?? [];
    let target = node.childForFieldName('function');
    while (target?.type === 'parenthesized_expression') target = target.namedChild(0);
    const argPlaces = args.map((arg) => this.channelPlace(arg));
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
    if (call.target) for (const [index, arg] of args.entries()) this.bind(`${call.target.key}(${index})`, arg);
    if (call.dynamic && !call.target && !call.literal && target?.type === 'identifier') {
      const variable = this.resolver.variable(target.text, this.scope);
      if (variable) call.variable = variable;
      const held = variable?.writes === 0 && variable.value?.type === 'func_literal' ? variable.value : undefined;
      const literal = held && findLiteral(this.fn, held);
      if (literal) call.literal = literal;
    }
    return operation ?? { kind: 'call', node, call, fn: this.fn };
  }

  /** Notes which function `owner` may hold from here on, when the expression says so. */
  protected bind(owner: string, value: Syntax | undefined): void {
    const of = value && this.functionValue(value);
    if (of) this.fn.bindings.push({ owner, value: of });
  }

  private functionValue(node: Syntax): Binding['value'] | undefined {
    switch (node.type) {
      case 'func_literal':
        return findLiteral(this.fn, node);
      case 'parenthesized_expression':
      case 'literal_element':
      case 'expression_list':
        return node.namedChildren.length === 1 ? this.functionValue(node.namedChild(0)!) : undefined;
      case 'identifier': {
        const variable = this.scope.find(node.text);
        if (!variable) return this.resolver.pkg.functions.get(node.text);
        return { owner: bindingOwner(variable) };
      }
      case 'selector_expression': {
        const place = this.place(node);
        const method = this.methodValue(node);
        return method ?? (place && this.isFunction(place.type) ? { owner: place.owner } : undefined);
      }
      case 'call_expression': {
        const { target, name } = this.resolver.callee(node, this.scope, this.file);
        if (target) return { owner: `${target.key}()` };
        const [only, ...others] = node.childForFieldName('arguments')?.namedChildren ?? [];
        const converts = this.resolver.pkg.underlying(this.resolver.pkg.types.get(name))?.kind === 'function';
        return only && others.length === 0 && converts ? this.functionValue(only) : undefined;
      }
      default:
        return undefined;
    }
  }

  protected isFunction(type: Type | undefined): boolean {
    return this.resolver.pkg.underlying(type)?.kind === 'function';
  }

  protected methodValue(node: Syntax): PackageFunction | undefined {
    const of = this.resolver.typeOf(node.childForFieldName('operand'), this.scope, this.file);
    return this.resolver.pkg.method(of, node.childForFieldName('field')?.text ?? '');
  }

  /** The operation of sync or of the language that a call is. */
  protected operationOf(call: Call, node: Syntax): Op | undefined {
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

  protected emitCall(op: Op): void {
    this.emit(op);
    if (op.kind !== 'call' || !neverReturns(op.call!.name, nameOf(op.call!.receiverType))) return;
    this.ends[0]!.from.exit = 'panic';
    this.ends = [];
  }
}

function findLiteral(fn: FlowFunction, node: Syntax): FlowFunction | undefined {
  for (let at: FlowFunction | undefined = fn; at; at = at.parent) {
    const found = at.literals.find((one) => one.node === node);
    if (found) return found;
  }
  return undefined;
}
