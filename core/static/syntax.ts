/** Reading a Go syntax tree (tree-sitter-go 0.25): functions, statements, calls. */
import type { Node } from 'web-tree-sitter';

export interface GoFunction {
  node: Node;
  body: Node;
  /** As Go prints it: `First`, `(*Manager).Start`, `TestX.func1`, `TestX.func1.2`. */
  name: string;
  /** Of a method: the receiver's name and type. */
  receiver?: { name: string; type: string };
}

const FUNCTIONS = ['function_declaration', 'method_declaration', 'func_literal'];

export const named = (node: Node): Node[] => node.namedChildren.filter((child) => child.type !== 'comment');

/** Statements of a block, a case or nothing. */
export function statementsOf(node: Node | null | undefined): Node[] {
  if (!node) return [];
  return named(node).flatMap((child) => (child.type === 'statement_list' ? named(child) : []));
}

/** The type a receiver or parameter has, without pointer and type arguments. */
export function typeName(node: Node | null): string {
  switch (node?.type) {
    case 'pointer_type':
    case 'parenthesized_type':
      return typeName(node.namedChild(0));
    case 'generic_type':
      return typeName(node.childForFieldName('type'));
    case undefined:
      return '';
    default:
      return node!.text;
  }
}

function receiverOf(node: Node): { name: string; type: string; pointer: boolean } | undefined {
  const parameter = node.childForFieldName('receiver')?.namedChild(0);
  if (!parameter) return undefined;
  const type = parameter.childForFieldName('type');
  return {
    name: parameter.childForFieldName('name')?.text ?? '',
    type: typeName(type),
    pointer: type?.type === 'pointer_type',
  };
}

/** All functions with a body, literals too, in the order of the source. */
export function functionsOf(root: Node): GoFunction[] {
  const functions: GoFunction[] = [];
  const visit = (node: Node, name: string, numbering: { literals: number; nested: boolean }): void => {
    for (const found of outermost(node, FUNCTIONS)) {
      const body = found.childForFieldName('body');
      if (!body) continue;
      const receiver = found.type === 'method_declaration' ? receiverOf(found) : undefined;
      const own = found.childForFieldName('name')?.text ?? '';
      let full: string;
      if (found.type === 'func_literal') {
        numbering.literals++;
        full = `${name === '' ? 'init' : name}.${numbering.nested ? '' : 'func'}${numbering.literals}`;
      } else if (receiver) full = `(${receiver.pointer ? '*' : ''}${receiver.type}).${own}`;
      else full = own;
      functions.push({
        node: found,
        body,
        name: full,
        ...(receiver ? { receiver: { name: receiver.name, type: receiver.type } } : {}),
      });
      visit(body, full, { literals: 0, nested: found.type === 'func_literal' });
    }
  };
  visit(root, '', { literals: 0, nested: false });
  return functions;
}

/** Nodes of the types inside `node`, without those inside another such node. */
export function outermost(node: Node, types: readonly string[]): Node[] {
  const found: Node[] = [];
  let end = -1;
  // In the order of the source, so whatever starts before the last one found ends is inside it.
  for (const candidate of node.descendantsOfType([...types])) {
    if (candidate.startIndex < end || candidate.id === node.id) continue;
    found.push(candidate);
    end = candidate.endIndex;
  }
  return found;
}

/** Nodes of the types inside `node` or itself, not looking into function literals. */
export function withinFunction(node: Node, types: readonly string[]): Node[] {
  const literals = node.descendantsOfType('func_literal').filter(({ id }) => id !== node.id);
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

/** Whether the identifier occurs in the text, other than as a field or method. */
export function mentions(text: string, name: string): boolean {
  return name !== '' && new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?![\\p{L}\\p{N}_])`, 'u').test(text);
}
