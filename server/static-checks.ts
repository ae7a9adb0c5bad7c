/** The border to core/static: from a document and its tree to findings and operations at LSP positions. */
import type { Position, Range } from 'vscode-languageserver/node';
import type { Tree } from 'web-tree-sitter';
import { CHECKS } from '../core/static/checks';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { type SourceRange, type StaticFinding, toFinding } from '../core/static/finding';
import { runChecks } from '../core/static/run-checks';
import { isGenerated } from '../engine/system/go-files';
import type { GoDocument } from './documents/go-document';
import type { PlacedFinding } from './findings';
import { moduleRootOf, pathOf, relativeTo, uriOf } from './modules';
import { operationsOf } from './operation-sites';
import type { Packages } from './packages';
import { positionOf } from './positions';

export interface StaticResult {
  findings: PlacedFinding[];
  /** Checks that failed, one sentence each. */
  problems: string[];
}

const NOTHING: StaticResult = { findings: [], problems: [] };

/** Checks that need only the file, with what its package declares. Quick enough for every key stroke. */
export function staticFindings(packages: Packages, document: GoDocument, tree: Tree): StaticResult {
  return run(packages, document, tree, true);
}

/** All checks over the whole package, for a pause. */
export function packageFindings(packages: Packages, document: GoDocument, tree: Tree): StaticResult {
  return run(packages, document, tree, false);
}

function run(packages: Packages, document: GoDocument, tree: Tree, quick: boolean): StaticResult {
  const text = document.getText();
  const path = pathOf(document.uri);
  // Generated code is nobody's to fix (go.dev/s/generatedcode).
  if (path === undefined || isGenerated(text)) return NOTHING;
  const root = moduleRootOf(path) ?? '';
  const { pkg, file } = packages.packageOf(path, text, tree);
  const { findings, problems } = quick ? packages.quick.run(pkg, file, CHECKS) : runChecks(pkg, CHECKS);
  const sources = new Map(pkg.files.map((one) => [one.path, one.source]));
  return { findings: (findings.get(file) ?? []).map((found) => placed(found)), problems };

  function placed(found: StaticFinding): PlacedFinding {
    const relative = (of: string): string => (root === '' ? of : relativeTo(root, of));
    const finding = toFinding(found, { package: '', inModule: relative });
    for (const site of finding.sites) site.file = relative(site.file);
    for (const fix of finding.fixes ?? []) for (const edit of fix.edits) edit.file = relative(edit.file);
    const sites = finding.sites.map((site, index) => {
      const { file: of, range } = found.sites[index]!;
      const lines = (sources.get(of)?.text ?? '').split(/\r?\n/);
      return { site, uri: of === path ? document.uri : uriOf(of), range: rangeOf(lines, range) };
    });
    return { root, finding, current: true, primary: sites[0]!, sites, others: [] };
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
  const onLine = operationsOf(document, tree)
    .filter(({ operation }) => operation !== 'context')
    .map((operation) => ({ operation, range: rangeOf(lines, operation.range) }))
    .filter(({ range }) => range.start.line === position.line);
  const under = onLine.filter(
    ({ range: { start, end } }) =>
      start.character <= position.character && (end.line > position.line || position.character <= end.character),
  );
  // The innermost: `ch <- <-other` is a send with a receive in it.
  return under.at(-1);
}

export function rangeOf(lines: readonly string[], { start, end }: SourceRange): Range {
  return { start: positionOf(lines, start.line, start.column), end: positionOf(lines, end.line, end.column) };
}
