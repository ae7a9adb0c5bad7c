/** The border to core/static: from a document and its tree to findings and operations at LSP positions. */
import type { Position, Range } from 'vscode-languageserver/node';
import type { Tree } from 'web-tree-sitter';
import { checkDocument } from '../core/static/checks';
import { type ConcurrencySite, concurrencySites } from '../core/static/concurrency-sites';
import { type SourceRange, type StaticFinding, toFinding } from '../core/static/finding';
import type { GoDocument } from './documents/go-document';
import type { PlacedFinding } from './findings';
import { moduleRootOf, pathOf, relativeTo } from './modules';
import { positionOf } from './positions';

export interface StaticResult {
  findings: PlacedFinding[];
  /** Checks that failed, one sentence each. */
  problems: string[];
}

export function staticFindings(document: GoDocument, tree: Tree): StaticResult {
  const text = document.getText();
  const path = pathOf(document.uri);
  // Generated code is nobody's to fix (go.dev/s/generatedcode).
  if (path === undefined || /^\/\/ Code generated .* DO NOT EDIT\.$/m.test(text)) return { findings: [], problems: [] };
  const root = moduleRootOf(path) ?? '';
  const lines = text.split(/\r?\n/);
  const file = root === '' ? path : relativeTo(root, path);
  const { findings, problems } = checkDocument({ text, tree }, file);
  return { findings: findings.map((found) => placed(found)), problems };

  function placed(found: StaticFinding): PlacedFinding {
    const finding = toFinding(found, { package: '' });
    const sites = finding.sites.map((site, index) => ({
      site,
      uri: document.uri,
      range: rangeOf(lines, found.sites[index]?.range ?? found.sites[0].range),
    }));
    return { root, finding, current: true, primary: sites[0]!, sites };
  }
}

/** The concurrency operation under the cursor, or the one on the cursor's line when there is just one. */
export function operationAt(
  document: GoDocument,
  tree: Tree,
  position: Position,
): { operation: ConcurrencySite; range: Range } | undefined {
  const text = document.getText();
  const lines = text.split(/\r?\n/);
  const onLine = concurrencySites({ text, tree })
    .operations.map((operation) => ({ operation, range: rangeOf(lines, operation.range) }))
    .filter(({ range }) => range.start.line === position.line);
  const under = onLine.filter(
    ({ range: { start, end } }) =>
      start.character <= position.character && (end.line > position.line || position.character <= end.character),
  );
  // The innermost: `ch <- <-other` is a send with a receive in it.
  return under.at(-1);
}

function rangeOf(lines: readonly string[], { start, end }: SourceRange): Range {
  return { start: positionOf(lines, start.line, start.column), end: positionOf(lines, end.line, end.column) };
}
