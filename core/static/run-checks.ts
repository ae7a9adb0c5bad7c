/** Runs checks over a package and turns what they report into findings. */
import { english } from '../../protocol/phrase';
import { Analysed } from './analysed';
import type { Check, Report, ReportSite } from './check';
import type { SourceRange, StaticFinding, StaticSite } from './finding';
import type { Declaration } from './source/declarations';
import type { Package, PackageFile } from './source/package';
import { positionAt } from './source/range';
import { isSuppressed } from './suppression';

export interface PackageFindings {
  /** By file, in the order of the source. */
  findings: ReadonlyMap<PackageFile, StaticFinding[]>;
  problems: string[];
}

interface Reported {
  check: Check;
  report: Report;
}

/** Never throws: a check that fails becomes a problem. */
export function runChecks(pkg: Package, checks: readonly Check[]): PackageFindings {
  const problems: string[] = [];
  return { findings: collect(reports(new Analysed(pkg), checks, problems)), problems };
}

/**
 * The checks that need only the function and what it calls, for every key stroke: what they said of a function is kept
 * until its text changes. What a change means for others, in a type as well, the next runChecks says.
 */
export class QuickChecks {
  private readonly known = new WeakMap<Declaration, { line: number; base: number; reported: readonly Reported[] }>();
  private shape: readonly Declaration[] = [];
  private all: Analysed | undefined;
  private edits = 0;

  run(pkg: Package, file: PackageFile, checks: readonly Check[]): PackageFindings {
    const shape = pkg.files.flatMap(({ source }) =>
      source.declarations.filter(({ node }) => /^(?:type|var)_declaration$/u.test(node.type)),
    );
    if (shape.length !== this.shape.length || shape.some((one, index) => one !== this.shape[index])) {
      this.shape = shape;
      this.all = undefined;
    }
    const { source } = file;
    const lineOf = ({ base }: Declaration): number => positionAt(source, base).line;
    const changed = source.declarations.filter((one) => {
      const known = this.known.get(one);
      // Reports name lines and offsets, so they are made anew where the function has moved.
      return !known || (known.reported.length > 0 && (known.base !== one.base || known.line !== lineOf(one)));
    });
    const problems: string[] = [];
    const quick = checks.filter(({ wholePackage }) => !wholePackage);
    const made = changed.length === 0 ? [] : reports(this.analysed(pkg, new Set(changed)), quick, problems);
    for (const one of changed) {
      const inside = ({
        report: {
          sites: [{ node }],
        },
      }: Reported): boolean => node.origin === one;
      this.known.set(one, { line: lineOf(one), base: one.base, reported: made.filter(inside) });
    }
    return { findings: collect(source.declarations.flatMap((one) => this.known.get(one)?.reported ?? [])), problems };
  }

  private analysed(pkg: Package, focus: ReadonlySet<Declaration>): Analysed {
    if (this.all && ++this.edits < MOST_EDITS) this.all.update(pkg, focus);
    else {
      this.all = new Analysed(pkg, focus);
      this.edits = 0;
    }
    return this.all;
  }
}

/** Edited functions leave their old selves behind in what is kept; after so many edits it is made anew. */
const MOST_EDITS = 500;

function reports(all: Analysed, checks: readonly Check[], problems: string[]): Reported[] {
  return checks.flatMap((check) => {
    try {
      return [...check.run(all)].map((report) => ({ check, report }));
    } catch (error) {
      problems.push(`The check ${check.name} failed: ${error instanceof Error ? error.message : String(error)}.`);
      return [];
    }
  });
}

function collect(reported: readonly Reported[]): Map<PackageFile, StaticFinding[]> {
  const findings = new Map<PackageFile, StaticFinding[]>();
  for (const { check, report } of reported) {
    const [first] = report.sites;
    if (isSuppressed(first, check.name)) continue;
    const found = toStatic(check, report);
    const list = findings.get(first.file);
    // Of two that say something of the same place the one that stands first in the list knows more.
    const [{ range }] = found.sites;
    if (list?.some(({ sites: [site] }) => samePlace(site.range, range))) continue;
    if (list) list.push(found);
    else findings.set(first.file, [found]);
  }
  const start = ({ sites: [{ range }] }: StaticFinding): number => range.start.line * 1e5 + range.start.column;
  for (const list of findings.values()) list.sort((a, b) => start(a) - start(b));
  return findings;
}

const samePlace = (a: SourceRange, b: SourceRange): boolean =>
  a.start.line === b.start.line && a.start.column === b.start.column;

function toStatic(check: Check, report: Report): StaticFinding {
  const [first, ...others] = report.sites.map(siteOf);
  const { message, explanation, sites, fixes = [] } = report;
  return {
    check: check.name,
    phrases: [message, ...explanation, ...sites.map(({ role }) => role), ...fixes.map(({ title }) => title)],
    message: english(report.message),
    explanation: report.explanation.map(english),
    function: report.fn.name,
    sites: [first!, ...others],
    fixes: (report.fixes ?? []).map(({ title, edits }) => ({
      title: english(title),
      edits: edits.map(({ file, start, end, text }) => ({
        file: file.path,
        range: { start: positionAt(file.source, start), end: positionAt(file.source, end) },
        text,
      })),
    })),
  };
}

function siteOf({ node, last, file, role, operation }: ReportSite): StaticSite {
  const { source } = file;
  const end = last ? last.endIndex : endOfHead(source.text, node.startIndex, node.endIndex);
  return {
    file: file.path,
    range: { start: positionAt(source, node.startIndex), end: positionAt(source, end) },
    role: english(role),
    operation,
  };
}

/** A statement with a body is long; its squiggle ends with its first line. */
function endOfHead(text: string, start: number, end: number): number {
  const newline = text.indexOf('\n', start);
  if (newline < 0 || newline >= end) return end;
  return start + text.slice(start, newline).replace(/[\s{]+$/u, '').length;
}
