/** lockstep/tests: the test functions of a file. */
import type { Node, Tree } from 'web-tree-sitter';
import { TESTS, type TestRange, type TestsParams } from '../protocol/messages';
import type { GoDocument } from './documents/go-document';
import type { ServerContext } from './server-context';

export function register(context: ServerContext): void {
  context.connection.onRequest(TESTS, async ({ uri }: TestsParams): Promise<TestRange[]> => {
    await context.analysis.ready;
    const document = context.documents.get(uri);
    return document === undefined ? [] : testsOf(document, context.analysis.tree(document));
  });
}

/** Test functions as `go test` sees them: in a _test.go file, by name and by parameter. */
export function testsOf(document: GoDocument, tree: Tree | undefined): TestRange[] {
  if (tree === undefined || !document.uri.endsWith('_test.go')) return [];
  return tree.rootNode.namedChildren.flatMap((node) => (node !== null && isTest(node) ? [rangeOf(node)] : []));
}

function isTest(node: Node): boolean {
  if (node.type !== 'function_declaration') return false;
  const name = node.childForFieldName('name')?.text ?? '';
  const parameters = node.childForFieldName('parameters')?.text ?? '';
  return /^Test(?!\p{Ll})/u.test(name) && /^\(\s*(?:\w+\s+)?\*(?:\w+\.)?T\s*,?\s*\)$/.test(parameters);
}

function rangeOf(node: Node): TestRange {
  const test = node.childForFieldName('name')?.text ?? '';
  return { test, from: node.startPosition.row, to: node.endPosition.row };
}

/** The text of a test function as it is now; undefined when its file is not open. */
export function textOfTest({ documents, analysis }: ServerContext, uri: string, test: string): string | undefined {
  const document = documents.get(uri);
  if (document === undefined) return undefined;
  const range = testsOf(document, analysis.tree(document)).find((one) => one.test === test);
  if (range === undefined) return undefined;
  return document.getText({
    start: { line: range.from, character: 0 },
    end: { line: range.to + 1, character: 0 },
  });
}
