/** The operations of an open file, worked out once for each text: hovers, symbols and marks all ask for them. */
import type { Tree } from 'web-tree-sitter';
import { type ConcurrencySite, concurrencySites } from '../core/static/concurrency-sites';
import type { GoDocument } from './documents/go-document';
import { unlessTooDeep } from './too-deep';

const NONE: Pick<ReturnType<typeof concurrencySites>, 'operations'> = { operations: [] };

const known = new WeakMap<GoDocument, { version: number; operations: readonly ConcurrencySite[] }>();

export function operationsOf(document: GoDocument, tree: Tree): readonly ConcurrencySite[] {
  const { version } = document;
  const before = known.get(document);
  if (before?.version === version) return before.operations;
  const { operations } = unlessTooDeep(() => concurrencySites({ text: document.getText(), tree }), NONE);
  known.set(document, { version, operations });
  return operations;
}
