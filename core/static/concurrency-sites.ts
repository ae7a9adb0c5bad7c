/**
 * Concurrency operations and tests of a file, for CodeLens, hovers and the next-event prediction. Positions are those
 * that the rewriter gives its sites (tracer/rewrite), so that counts of runs can be found by line and column.
 */
import type { Node } from 'web-tree-sitter';
import type { Operation } from '../../protocol/trace';
import { type GoDocument, rangeOf } from './document';
import type { SourceRange } from './finding';
import { fileTypes, localTypes, mutexType } from './mutex-types';
import { argumentsOf, callee, functionsOf, type GoFunction, named } from './syntax';

export interface ConcurrencySite {
  operation: Operation;
  /** The operand as written; empty when there is none. */
  expression: string;
  /** Where the operation stands; begins where the rewriter's site does. Of a statement with a body only its head. */
  range: SourceRange;
  /** Enclosing function as Go prints it. */
  function: string;
  /** The case labels of a select in source order. */
  cases?: string[];
}

export interface TestSite {
  name: string;
  /** The name in the declaration. */
  range: SourceRange;
}

export interface FileSites {
  package: string;
  /** In the order of the source. */
  operations: ConcurrencySite[];
  /** `func TestX(t *testing.T)`; only a file whose name ends in _test.go has tests that run. */
  tests: TestSite[];
}

const KINDS = [
  'go_statement',
  'send_statement',
  'unary_expression',
  'call_expression',
  'select_statement',
  'range_clause',
];

/** Linear in the file. Without types, `range ch` is seen for channels that the function or file declares. */
export function concurrencySites(document: GoDocument): FileSites {
  const root = document.tree.rootNode;
  const functions = functionsOf(root);
  const types = fileTypes(root);
  const channels = channelNames(root);
  const locals = new Map<number, ReadonlyMap<string, string>>();
  const isMutex = (operand: string, of: GoFunction | undefined): boolean => {
    if (of && !locals.has(of.node.id)) locals.set(of.node.id, localTypes(functions, of));
    return mutexType(operand, types, (of && locals.get(of.node.id)) ?? new Map()) === 'mutex';
  };
  const operations = root.descendantsOfType(KINDS).flatMap((node): ConcurrencySite[] => {
    const inside = functions.findLast(
      (it) => node.startIndex >= it.body.startIndex && node.endIndex <= it.body.endIndex,
    );
    const found = operationOf(node, channels, (operand) => isMutex(operand, inside));
    if (!found) return [];
    const { start, last, ...site } = found;
    const range = { start: rangeOf(document, start).start, end: rangeOf(document, last).end };
    return [{ ...site, range, function: inside?.name ?? '' }];
  });
  const declared = root.descendantsOfType('package_identifier')[0]?.text ?? '';
  return { package: declared, operations, tests: testsOf(document, root) };
}

interface Found {
  operation: Operation;
  expression: string;
  cases?: string[];
  start: Node;
  last: Node;
}

function operationOf(
  node: Node,
  channels: ReadonlySet<string>,
  isMutex: (operand: string) => boolean,
): Found | undefined {
  const whole = { start: node, last: node };
  switch (node.type) {
    case 'go_statement': {
      const target = node.namedChild(0)?.childForFieldName('function') ?? node;
      const literal = target.type === 'func_literal';
      const keyword = node.child(0) ?? node;
      return { operation: 'go', expression: literal ? '' : target.text, start: node, last: literal ? keyword : node };
    }
    case 'send_statement':
      // The case of a select is part of the select.
      if (node.parent?.type === 'communication_case') return undefined;
      return { operation: 'send', expression: node.childForFieldName('channel')?.text ?? '', ...whole };
    case 'unary_expression':
      if (node.childForFieldName('operator')?.text !== '<-' || isCaseHead(node)) return undefined;
      return { operation: 'receive', expression: node.childForFieldName('operand')?.text ?? '', ...whole };
    case 'select_statement':
      return { operation: 'select', expression: '', cases: caseLabels(node), start: node, last: node.child(0) ?? node };
    case 'range_clause': {
      const right = node.childForFieldName('right');
      if (!right || !channels.has(lastName(right.text)) || !node.parent) return undefined;
      return { operation: 'receive', expression: right.text, start: node.parent, last: node };
    }
    case 'call_expression':
      return callOperation(node, isMutex);
    default:
      return undefined;
  }
}

/** `v := <-ch` as the head of a case. */
function isCaseHead(node: Node): boolean {
  const statement = node.parent;
  return statement?.type === 'receive_statement' && statement.parent?.type === 'communication_case';
}

/** As the rewriter writes them: the text between `case` and the colon, or `default`. */
export const caseLabels = (select: Node): string[] =>
  named(select)
    .filter(({ type }) => type === 'communication_case' || type === 'default_case')
    .map((it) => it.childForFieldName('communication')?.text ?? 'default');

const METHODS: Readonly<Record<string, Operation>> = {
  Lock: 'lock',
  Unlock: 'unlock',
  RLock: 'rlock',
  RUnlock: 'runlock',
};

function callOperation(call: Node, isMutex: (operand: string) => boolean): Found | undefined {
  const target = callee(call);
  if (!target) return undefined;
  const whole = { start: call, last: call };
  const [first] = argumentsOf(call);
  if (!target.operand) {
    if (target.method === 'make' && first?.type === 'channel_type')
      return { operation: 'make', expression: call.text, ...whole };
    return target.method === 'close' && first ? { operation: 'close', expression: first.text, ...whole } : undefined;
  }
  const operation = METHODS[target.method];
  if (operation === undefined || first || !isMutex(target.operand.text)) return undefined;
  return { operation, expression: target.operand.text, ...whole };
}

const lastName = (operand: string): string => operand.slice(operand.lastIndexOf('.') + 1);

/** Names of variables, parameters and fields that the file declares as channels. */
function channelNames(root: Node): Set<string> {
  const names = new Set<string>();
  const kinds = ['parameter_declaration', 'field_declaration', 'var_spec'];
  for (const declaration of root.descendantsOfType(kinds)) {
    if (declaration.childForFieldName('type')?.type !== 'channel_type') continue;
    for (const name of declaration.childrenForFieldName('name')) names.add(name.text);
  }
  for (const declaration of root.descendantsOfType(['short_var_declaration', 'var_spec'])) {
    const short = declaration.type === 'short_var_declaration';
    const left = short ? named(declaration.childForFieldName('left')!) : declaration.childrenForFieldName('name');
    const values = declaration.childForFieldName(short ? 'right' : 'value');
    for (const [index, value] of (values ? named(values) : []).entries()) {
      const made = value.type === 'call_expression' && callee(value)?.method === 'make';
      if (made && argumentsOf(value)[0]?.type === 'channel_type' && left[index]) names.add(lastName(left[index].text));
    }
  }
  return names;
}

/** As `go test` sees them: TestX with one *testing.T, where X does not begin with a small letter. */
function testsOf(document: GoDocument, root: Node): TestSite[] {
  return named(root).flatMap((node): TestSite[] => {
    const name = node.type === 'function_declaration' ? node.childForFieldName('name') : null;
    if (!name || !/^Test(?:$|\P{Ll})/u.test(name.text) || name.text === 'TestMain') return [];
    const parameters = node.childForFieldName('parameters');
    const list = parameters ? named(parameters) : [];
    if (list.length !== 1 || list[0]!.childForFieldName('type')?.text !== '*testing.T') return [];
    return [{ name: name.text, range: rangeOf(document, name) }];
  });
}
