/** In what part of the source a channel is named: as an operand, a result, another name for it, or what is assigned. */
import type { Syntax } from '../source/syntax-node';
import type { Place } from './operations';

/** The expression on the right of an assignment to `node`. */
export function valueFor(node: Syntax, place: Place): Syntax | undefined {
  if (place.path.length === 0 && place.root.node === node) return place.root.value;
  const list = node.parent;
  const assignment = list?.type === 'expression_list' ? list.parent : undefined;
  if (assignment?.type !== 'assignment_statement' && assignment?.type !== 'short_var_declaration') return undefined;
  const right = assignment.childForFieldName('right')?.namedChildren ?? [];
  const index = list!.namedChildren.indexOf(node);
  return right.length === list!.namedChildren.length ? right[index] : undefined;
}

/** Of a channel operation, or compared with something. */
export function isOperand(node: Syntax): boolean {
  const { parent } = node;
  switch (parent?.type) {
    case 'send_statement':
      return node.field === 'channel';
    case 'unary_expression':
      return parent.operator === '<-';
    case 'range_clause':
      return node.field === 'right';
    case 'binary_expression':
      return parent.operator === '==' || parent.operator === '!=';
    case 'argument_list':
      return /^(?:len|cap|close)$/u.test(parent.parent?.childForFieldName('function')?.text ?? '');
    default:
      return false;
  }
}

export function isReturned(node: Syntax): boolean {
  return node.parent?.type === 'expression_list' && node.parent.parent?.type === 'return_statement';
}

export function declaresAlias(node: Syntax): boolean {
  const list = node.parent;
  if (list?.type !== 'expression_list') return false;
  const declaration = list.parent;
  if (declaration?.type === 'var_spec')
    return list.field === 'value' && declaration.childrenForFieldName('name').length === list.namedChildren.length;
  if (list.field !== 'right') return false;
  return (
    declaration?.type === 'short_var_declaration' &&
    declaration.childForFieldName('left')?.namedChildren.length === list.namedChildren.length
  );
}
