/** Reading copied syntax (of tree-sitter-go 0.25): statements, calls, names. */
import type { Syntax as Node } from './syntax-node';

export const named = (node: Node): Node[] => node.namedChildren.filter((child) => child.type !== 'comment');

/** Statements of a block, a case or nothing. */
export function statementsOf(node: Node | null | undefined): Node[] {
  if (!node) return [];
  return named(node).flatMap((child) => (child.type === 'statement_list' ? named(child) : []));
}

/** Nodes of the types inside `node` or itself, not looking into function literals. */
export function withinFunction(node: Node, types: readonly string[]): Node[] {
  const literals = node.descendantsOfType('func_literal').filter((one) => one !== node);
  return node
    .descendantsOfType([...types])
    .filter(
      (it) => !literals.some((literal) => it.startIndex >= literal.startIndex && it.endIndex <= literal.endIndex),
    );
}

export const isInside = (node: Node, outer: Node): boolean =>
  node.startIndex >= outer.startIndex && node.endIndex <= outer.endIndex;

/** `x.f(…)` → operand x and method f; `f(…)` → method f alone. */
export function callee(call: Node): { operand?: Node; method: string } | undefined {
  const target = call.childForFieldName('function');
  if (target?.type === 'identifier') return { method: target.text };
  if (target?.type !== 'selector_expression') return undefined;
  const operand = target.childForFieldName('operand');
  const method = target.childForFieldName('field')?.text;
  return operand && method ? { operand, method } : undefined;
}

export const argumentsOf = (call: Node): Node[] => {
  const list = call.childForFieldName('arguments');
  return list ? named(list) : [];
};

/** Calls after which the statement behind them does not run. */
export function neverReturns(call: Node): boolean {
  const target = callee(call);
  if (!target) return false;
  if (!target.operand) return target.method === 'panic';
  const name = `${target.operand.text}.${target.method}`;
  if (name === 'os.Exit' || name === 'runtime.Goexit') return true;
  if (/^(?:log|klog|glog|logger|logrus)\.(?:Fatal|Panic|Exit)(?:f|ln)?$/u.test(name)) return true;
  return /^(?:t|b|f|tb)\.(?:Fatal|Fatalf|FailNow|Skip|Skipf|SkipNow)$/u.test(name);
}

/** Names that a statement or clause declares or assigns: `x` and `y.f` of `x, y.f = …`. As written. */
export function assignedNames(node: Node): string[] {
  switch (node.type) {
    case 'short_var_declaration':
    case 'assignment_statement':
    case 'range_clause':
    case 'receive_statement': {
      const left = node.childForFieldName('left');
      return left ? named(left).map(({ text }) => text) : [];
    }
    case 'inc_statement':
    case 'dec_statement':
      return named(node).map(({ text }) => text);
    case 'var_declaration':
      return node
        .descendantsOfType('var_spec')
        .flatMap((spec) => spec.childrenForFieldName('name').map(({ text }) => text));
    default:
      return [];
  }
}

/** The first identifier of an operand: `m` of `*m.locks[i]`. Empty when there is none. */
export const rootName = (operand: string): string => /[\p{L}_][\p{L}\p{N}_]*/u.exec(operand)?.[0] ?? '';

/** Whether the code names it; comments and strings may. */
export const isNamedIn = (node: Node, name: string): boolean =>
  node.descendantsOfType('identifier').some(({ text }) => text === name);

/** Whether the identifier occurs in the text, other than as a field or method. */
export function mentions(text: string, name: string): boolean {
  return name !== '' && new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'u').test(text);
}
