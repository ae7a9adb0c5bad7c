/** Expressions: what they read, receive and call. */
import type { Syntax } from '../source/syntax-node';
import { nameOf, typeOfSyntax } from '../source/types';
import { CallBuilder } from './build-calls';

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
          const place = this.channelPlace(operand);
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
        const [first, value] = node!.namedChildren;
        const key = first?.type === 'literal_element' ? first.namedChild(0) : first;
        // A name may be that of a field.
        if (value && key?.type !== 'identifier') this.expression(key);
        this.expression(value ?? first);
        return;
      }
      case 'type_conversion_expression':
      case 'type_assertion_expression':
        this.expression(node!.childForFieldName('operand'));
        return;
      case 'composite_literal':
        this.expression(node!.childForFieldName('body'));
        this.fieldValues(node!);
        return;
      default:
        if (/_type$/u.test(node!.type)) return;
        for (const child of node!.namedChildren) this.expression(child);
    }
  }

  /** Functions that a literal puts into fields. */
  private fieldValues(node: Syntax): void {
    const type = typeOfSyntax(node.childForFieldName('type'), this.file.source.imports);
    if (nameOf(type) === undefined) return;
    for (const element of node.childForFieldName('body')?.namedChildren ?? []) {
      if (element.type !== 'keyed_element') continue;
      const [key, value] = element.namedChildren;
      const field = this.resolver.pkg.field(type, key?.text ?? '');
      if (field && this.isFunction(field.field.type)) this.bind(`${field.owner}.${key!.text}`, value);
    }
  }
}
