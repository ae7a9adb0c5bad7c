/** What static checks report, and its conversion into the finding that everybody else sees. */
import type { Finding, FindingKind, FindingSite, Fix } from '../../protocol/finding';
import type { Phrase } from '../../protocol/phrase';
import { findingId } from '../analyse/telling/identity';

/** 1-based line, 1-based column in bytes. */
export interface Position {
  line: number;
  column: number;
}

/** `end` is the position behind the last character. */
export interface SourceRange {
  start: Position;
  end: Position;
}

export interface StaticSite {
  /** As the package's files were named when they were given to the checks. */
  file: string;
  range: SourceRange;
  role: string;
  /** The operation as in protocol/trace, or the check's own word. */
  operation: string;
}

export interface StaticFix {
  title: string;
  edits: { file: string; range: SourceRange; text: string }[];
}

export interface StaticFinding {
  /** Name of the check, which is also the kind of the finding. */
  check: FindingKind;
  message: string;
  explanation: string[];
  /** Enclosing function as Go prints it; empty at package level. */
  function: string;
  /** The first carries the squiggle. Never empty. */
  sites: [StaticSite, ...StaticSite[]];
  fixes: StaticFix[];
  /** Of what the texts above say, as in Finding. */
  phrases: Phrase[];
}

export interface FindingContext {
  /** The import path or, where that is not known, the package name. */
  package: string;
  test?: string;
  /** The name of a file from the root of its module: the id of a finding is the same wherever it is looked at from. */
  inModule: (file: string) => string;
}

/** Files go over as they are named. */
export function toFinding(found: StaticFinding, of: FindingContext): Finding {
  const sites = found.sites.map(
    ({ file, range, role, operation }): FindingSite => ({ file, ...range.start, role, operation }),
  );
  const [{ file, range, operation }] = found.sites;
  const { line } = range.start;
  const finding: Finding = {
    id: findingId(found.check, [{ file: of.inModule(file), line, function: found.function, operation }]),
    kind: found.check,
    verdict: 'suspected',
    message: found.message,
    explanation: found.explanation,
    package: of.package,
    sites,
    analysis: { name: found.check, sound: false },
  };
  if (found.phrases.length > 0) finding.phrases = found.phrases;
  if (of.test !== undefined) finding.test = of.test;
  if (found.fixes.length > 0) {
    finding.fixes = found.fixes.map(
      ({ title, edits }): Fix => ({
        title,
        edits: edits.map(({ file: edited, range: at, text }) => ({ file: edited, ...at, text })),
      }),
    );
  }
  return finding;
}
