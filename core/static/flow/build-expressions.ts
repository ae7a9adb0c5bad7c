/** Expressions: what they read, receive and call. */
import type { Syntax } from '../source/syntax-node';
import { CallBuilder } from './build-calls';
import type { Place } from './operations';

export abstract class ExpressionBuilder extends CallBuilder {
  protected expression(node: Syntax | null | undefined): void {
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
        this.emitCall(this.call(node!, 'call'));
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
            this.addressOf(place, operand!);
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
  protected accessor(node: Syntax | null): Place | undefined {
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
}
