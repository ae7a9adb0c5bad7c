/** The operations of an open file, worked out once for each text: hovers, hints, symbols and marks all ask for them. */
import type { Tree } from 'web-tree-sitter';
import type { Analysed } from '../core/static/analysed';
import { analysedFile, type ConcurrencySite, sitesOf } from '../core/static/concurrency-sites';
import type { GoDocument } from './documents/go-document';
import { unlessTooDeep } from './too-deep';

interface KnownFile {
  version: number;
  operations: readonly ConcurrencySite[];
  /** The file alone, with an empty path; undefined where it cannot be looked at. */
  all: Analysed | undefined;
}

const known = new WeakMap<GoDocument, KnownFile>();

export const operationsOf = (document: GoDocument, tree: Tree): readonly ConcurrencySite[] =>
  knownFile(document, tree).operations;

export function knownFile(document: GoDocument, tree: Tree): KnownFile {
  const { version } = document;
  const before = known.get(document);
  if (before?.version === version) return before;
  const fresh = unlessTooDeep(
    (): KnownFile => {
      const all = analysedFile({ text: document.getText(), tree });
      return { version, all, operations: sitesOf(all, '').operations };
    },
    { version, all: undefined, operations: [] },
  );
  known.set(document, fresh);
  return fresh;
}
