/** What a static check is, and what it is given. */
import type { FindingKind } from '../../protocol/finding';
import type { GoDocument } from './document';
import type { StaticFinding } from './finding';
import { type FileTypes, fileTypes } from './mutex-types';
import { functionsOf, type GoFunction } from './syntax';

export interface CheckedFile {
  document: GoDocument;
  functions: readonly GoFunction[];
  types: FileTypes;
}

export interface Check {
  name: FindingKind;
  /** One sentence for settings and documentation. */
  summary: string;
  /** Why the code is wrong and what to do, in Markdown. */
  explanation: string;
  examples: { wrong: string; right: string };
  run(file: CheckedFile): StaticFinding[];
}

export function checkedFile(document: GoDocument): CheckedFile {
  const root = document.tree.rootNode;
  return { document, functions: functionsOf(root), types: fileTypes(root) };
}
