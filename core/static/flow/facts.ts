/** Simple conditions that are known on a side of a branch, so that `if locked { mu.Lock() }` and a later `if locked` fit. */
import type { Syntax } from '../source/syntax-node';
import type { Fact } from './operations';

export function factsOf(condition: Syntax, value: boolean): Fact[] {
  if (condition.type === 'parenthesized_expression') return factsOf(condition.namedChild(0)!, value);
  const { operator } = condition;
  if (condition.type === 'unary_expression' && operator === '!') {
    return factsOf(condition.childForFieldName('operand')!, !value);
  }
  if (condition.type === 'binary_expression') {
    const left = condition.childForFieldName('left')!;
    const right = condition.childForFieldName('right')!;
    if (operator === (value ? '&&' : '||')) return [...factsOf(left, value), ...factsOf(right, value)];
    if (operator === '&&' || operator === '||') return [];
    if (operator === '!=' && isSimple(condition)) return [{ text: `${left.text} == ${right.text}`, value: !value }];
    if (operator === '==' && isSimple(condition)) return [{ text: `${left.text} == ${right.text}`, value }];
  }
  return isSimple(condition) ? [{ text: condition.text, value }] : [];
}

/** What calls or receives may come out differently the next time. */
const isSimple = (node: Syntax): boolean => !/[(]|<-/u.test(node.text);
