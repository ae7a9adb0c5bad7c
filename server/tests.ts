/** lockstep/tests: the test functions of a file. */
import { readFile } from 'node:fs/promises';
import type { Node, Parser, Tree } from 'web-tree-sitter';
import { TESTS, type TestRange, type TestsParams } from '../protocol/messages';
import type { GoDocument } from './documents/go-document';
import { pathOf } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { document as inFile } from './shapes';
import { unlessTooDeep } from './too-deep';

export function register(context: ServerContext): void {
  const { analysis, documents } = context;
  onRequest(context, TESTS, inFile, async ({ uri }: TestsParams): Promise<TestRange[]> => {
    await analysis.ready;
    const document = documents.get(uri);
    if (document !== undefined) return testsOf(document, analysis.tree(document));
    let tests: TestRange[] = [];
    await analysis.withParser(async (parser) => {
      tests = await testsOnDisk(parser, uri);
    });
    return tests;
  });
}

/** Of a file that is not open; none when it cannot be read. */
async function testsOnDisk(parser: Parser, uri: string): Promise<TestRange[]> {
  const path = pathOf(uri);
  const text = path === undefined ? undefined : await readFile(path, 'utf8').catch(() => undefined);
  const tree = text === undefined ? undefined : (parser.parse(text) ?? undefined);
  try {
    return testsOf({ uri }, tree);
  } finally {
    tree?.delete();
  }
}

/** Test functions as `go test` sees them: in a _test.go file, by name and by parameter. */
export function testsOf(document: Pick<GoDocument, 'uri'>, tree: Tree | undefined): TestRange[] {
  if (tree === undefined || !document.uri.endsWith('_test.go')) return [];
  const { namedChildren } = tree.rootNode;
  return unlessTooDeep(
    () => namedChildren.flatMap((node) => (node !== null && isTest(node) ? [rangeOf(node)] : [])),
    [],
  );
}

function isTest(node: Node): boolean {
  if (node.type !== 'function_declaration') return false;
  const name = node.childForFieldName('name')?.text ?? '';
  const parameters = node.childForFieldName('parameters')?.text ?? '';
  return /^Test(?!\p{Ll})/u.test(name) && /^\(\s*(?:\w+\s+)?\*(?:\w+\.)?T\s*,?\s*\)$/.test(parameters);
}

function rangeOf(node: Node): TestRange {
  const test = node.childForFieldName('name')?.text ?? '';
  const subtests = subtestsIn(node.childForFieldName('body'), test);
  const lines = { from: node.startPosition.row, to: node.endPosition.row };
  return { test, ...lines, ...(subtests.length > 0 ? { subtests } : {}) };
}

/** `t.Run("name", …)` below a node, each with those in it. Names that are worked out at run time are not seen. */
function subtestsIn(node: Node | null, above: string): TestRange[] {
  return (node?.namedChildren ?? []).flatMap((child): TestRange[] => {
    if (child === null) return [];
    const name = child.type === 'call_expression' ? nameOfRun(child) : undefined;
    if (name === undefined) return subtestsIn(child, above);
    const test = `${above}/${name}`;
    const subtests = subtestsIn(child.childForFieldName('arguments'), test);
    const lines = { from: child.startPosition.row, to: child.endPosition.row };
    return [{ test, ...lines, ...(subtests.length > 0 ? { subtests } : {}) }];
  });
}

/** As testing writes it: blanks become underscores. */
function nameOfRun(call: Node): string | undefined {
  if (call.childForFieldName('function')?.childForFieldName('field')?.text !== 'Run') return undefined;
  const [first, second] = call.childForFieldName('arguments')?.namedChildren ?? [];
  if (first?.type !== 'interpreted_string_literal' || !second || first.text.includes('\\')) return undefined;
  return first.text.slice(1, -1).replace(/\s/gu, '_');
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
