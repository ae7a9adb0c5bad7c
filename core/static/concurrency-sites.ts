/**
 * Concurrency operations and tests of a file, for CodeLens, hovers, symbols and the next-event prediction. Positions are
 * those that the rewriter gives its sites (tracer/rewrite), so that counts of runs can be found by line and column.
 */
import type { Operation } from '../../protocol/trace';
import { Analysed } from './analysed';
import type { GoDocument } from './document';
import type { SourceRange } from './finding';
import type { FlowFunction, Op } from './flow/operations';
import { readSource, type SourceFile } from './source/declarations';
import { Package } from './source/package';
import { positionAt, rangeOf } from './source/range';
import type { Syntax } from './source/syntax-node';

export interface ConcurrencySite {
  /** `context`: a context is made, or asked whether it is done. */
  operation: Operation | 'context';
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

/** Linear in the file, whose own declarations are all that is known. */
export function concurrencySites(document: GoDocument): FileSites {
  return sitesOf(analysedFile(document), '');
}

/** A file as if it were its package; its path is empty. */
export const analysedFile = ({ text, tree }: GoDocument): Analysed =>
  new Analysed(new Package([{ path: '', source: readSource(text, tree) }]));

/** Of the file at `path` of a package. */
export function sitesOf(all: Analysed, path: string): FileSites {
  const source = all.pkg.files.find((file) => file.path === path)?.source;
  if (!source) return { package: '', operations: [], tests: [] };
  const found = all
    .functions()
    .filter(({ file }) => file.path === path)
    .flatMap((fn) => [...fn.ops.flatMap((op) => siteOf(op, source)), ...madeBy(fn, source)]);
  const operations = [...found, ...madeByVariables(source)].sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.column - b.range.start.column,
  );
  return { package: source.packageName, operations, tests: testsOf(source) };
}

const OPERATIONS: Readonly<Partial<Record<Op['kind'], Operation>>> = {
  send: 'send',
  receive: 'receive',
  close: 'close',
  select: 'select',
  'wg-add': 'wg-add',
  'wg-done': 'wg-add',
  'wg-wait': 'wg-wait',
  'cond-wait': 'cond-wait',
  'cond-signal': 'cond-signal',
  'cond-broadcast': 'cond-broadcast',
  once: 'once',
};

function siteOf(op: Op, source: SourceFile): ConcurrencySite[] {
  const at = (
    operation: ConcurrencySite['operation'],
    expression: string,
    start = op.node.startIndex,
    end = op.node.endIndex,
  ): ConcurrencySite => ({
    operation,
    expression,
    range: { start: positionAt(source, start), end: positionAt(source, end) },
    function: op.fn.name,
  });
  const operand = op.call?.receiverNode?.text ?? '';
  switch (op.kind) {
    case 'go': {
      if (op.node.type !== 'go_statement') return [at('go', operand)];
      const target = op.node.namedChild(0)?.childForFieldName('function');
      if (target?.type !== 'func_literal') return [at('go', target?.text ?? '')];
      return [at('go', '', op.node.startIndex, op.node.startIndex + 'go'.length)];
    }
    case 'defer':
      return op.inner ? siteOf(op.inner, source) : [];
    case 'lock':
    case 'unlock':
      return [at(op.shared ? (op.kind === 'lock' ? 'rlock' : 'runlock') : op.kind, operand)];
    case 'select':
      return [
        {
          ...at('select', '', op.node.startIndex, op.node.startIndex + 'select'.length),
          cases: caseLabels(op.node),
        },
      ];
    case 'send':
      // The case of a select is part of the select.
      return op.select ? [] : [at('send', op.node.childForFieldName('channel')?.text ?? '')];
    case 'receive':
      if (op.select) return [];
      if (!op.range) return [at('receive', op.node.childForFieldName('operand')?.text ?? '')];
      return [at('receive', op.node.childForFieldName('right')?.text ?? '', op.node.parent?.startIndex)];
    case 'close':
      return [at('close', op.call?.args[0]?.text ?? '')];
    case 'call': {
      const name = op.call?.dynamic === false ? op.call.name : '';
      if (/^sync\/atomic\./u.test(name)) return [at('atomic', operand)];
      return /^context\.(?:With|AfterFunc$|Context\.(?:Done|Err)$)/u.test(name) ? [at('context', operand)] : [];
    }
    default: {
      const operation = OPERATIONS[op.kind];
      return operation === undefined ? [] : [at(operation, operand)];
    }
  }
}

/** As the rewriter writes them: the text between `case` and the colon, or `default`. */
const caseLabels = (select: Syntax): string[] =>
  select.namedChildren
    .filter(({ type }) => type === 'communication_case' || type === 'default_case')
    .map((it) => it.childForFieldName('communication')?.text ?? 'default');

function madeBy(fn: FlowFunction, source: SourceFile): ConcurrencySite[] {
  return fn.ops
    .filter(({ kind, call }) => kind === 'call' && call?.name === 'make' && call.args[0]?.type === 'channel_type')
    .map(({ node }) => ({ operation: 'make', expression: node.text, range: rangeOf(source, node), function: fn.name }));
}

function madeByVariables(source: SourceFile): ConcurrencySite[] {
  return source.declarations
    .filter(({ node }) => node.type === 'var_declaration')
    .flatMap(({ node }) => node.descendantsOfType('call_expression'))
    .filter((call) => {
      const [first] = call.childForFieldName('arguments')?.namedChildren ?? [];
      return call.childForFieldName('function')?.text === 'make' && first?.type === 'channel_type';
    })
    .map((node) => ({ operation: 'make', expression: node.text, range: rangeOf(source, node), function: '' }));
}

/** As `go test` sees them: TestX with one *testing.T, where X does not begin with a small letter. */
function testsOf(source: SourceFile): TestSite[] {
  return source.declarations.flatMap(({ node }): TestSite[] => {
    const name = node.type === 'function_declaration' ? node.childForFieldName('name') : null;
    if (!name || !/^Test(?:$|\P{Ll})/u.test(name.text) || name.text === 'TestMain') return [];
    const list = node.childForFieldName('parameters')?.namedChildren ?? [];
    if (list.length !== 1 || list[0]!.childForFieldName('type')?.text !== '*testing.T') return [];
    return [{ name: name.text, range: rangeOf(source, name) }];
  });
}
