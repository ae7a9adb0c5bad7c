/** Words and places that the checks share. */
import type { Phrase } from '../../../protocol/phrase';
import type { ReportSite } from '../check';
import type { FlowFunction, Op } from '../flow/operations';
import type { PackageFile } from '../source/package';
import { positionAt } from '../source/range';
import type { Syntax } from '../source/syntax-node';

export const lineAt = (file: PackageFile, node: Syntax): number => positionAt(file.source, node.startIndex).line;

export const lineOf = (op: Op): number => lineAt(op.fn.file, op.node);

/** The squiggle of an operation with a body ends with its head. */
export function site(op: Op, role: Phrase, operation: string): ReportSite {
  return siteAt(op.fn, op.node, role, operation);
}

export function siteAt(fn: FlowFunction, node: Syntax, role: Phrase, operation: string): ReportSite {
  return { node, file: fn.file, role, operation };
}

export const textOf = (op: Op): string => (op.place?.node.text ?? op.node.text).replace(/^&/u, '');
