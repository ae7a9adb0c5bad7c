/** Loops that make as many rounds as their head says. */
import { withinFunction } from '../source/syntax';
import type { Syntax } from '../source/syntax-node';

/** Ways out of a loop besides its head. */
export const leaves = (loop: Syntax): Syntax[] =>
  withinFunction(loop, ['break_statement', 'return_statement', 'goto_statement']);

/** As many rounds as its head says, without another way out. */
export function isCounted(loop: Syntax): boolean {
  const body = loop.childForFieldName('body');
  const head = loop.namedChildren.find((one) => one !== body);
  return head !== undefined && /^(?:for_clause|range_clause)$/u.test(head.type) && leaves(loop).length === 0;
}
