/** What a static check is, and what it is given. */

import type { StaticKind } from '../../protocol/finding';
import type { Phrase } from '../../protocol/phrase';
import type { CheckSeverity } from '../../protocol/settings';
import type { Analysed } from './analysed';
import type { FlowFunction } from './flow/operations';
import type { PackageFile } from './source/package';
import type { Syntax } from './source/syntax-node';

export interface ReportSite {
  node: Syntax;
  /** Where it ends when not with `node`: statements are long, squiggles need not be. */
  last?: Syntax;
  file: PackageFile;
  role: Phrase;
  /** The operation as in protocol/trace, or the check's own word. */
  operation: string;
}

/** Offsets into the text of the file. */
export interface ReportEdit {
  file: PackageFile;
  start: number;
  end: number;
  text: string;
}

export interface ReportFix {
  title: Phrase;
  edits: ReportEdit[];
}

/** What a check says of a place. */
export interface Report {
  message: Phrase;
  explanation: Phrase[];
  /** Where the first site is. */
  fn: FlowFunction;
  sites: [ReportSite, ...ReportSite[]];
  fixes?: ReportFix[];
}

export interface Example {
  wrong: string;
  right: string;
}

export interface Check {
  name: StaticKind;
  /** A few words for lists of rules. */
  title: string;
  /** One sentence for settings and documentation. */
  summary: string;
  /** Why the code is wrong and what to do, in Markdown. */
  explanation: string;
  /** Of the Common Weakness Enumeration, where it has one. */
  cwe?: number;
  severity: CheckSeverity;
  /** Bodies of files without package clause and imports. */
  examples: readonly Example[];
  /** The Go version that the examples are wrong in, as in go.mod, where that matters. */
  examplesGo?: string;
  /** It asks what the rest of the package does; the others need only the function, its literals and what it calls. */
  wholePackage?: true;
  run(all: Analysed): Iterable<Report>;
}
