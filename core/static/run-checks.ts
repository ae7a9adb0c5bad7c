/** Runs checks over a package and turns what they report into findings. */
import { Analysed } from './analysed';
import type { Check, Report, ReportSite } from './check';
import type { SourceRange, StaticFinding, StaticSite } from './finding';
import type { Package, PackageFile } from './source/package';
import { positionAt } from './source/range';
import { isSuppressed } from './suppression';

export interface PackageFindings {
  /** By file, in the order of the source. */
  findings: ReadonlyMap<PackageFile, StaticFinding[]>;
  problems: string[];
}

/** Never throws: a check that fails becomes a problem. `focus`: only this file is looked at, by checks that need no more. */
export function runChecks(pkg: Package, checks: readonly Check[], focus?: PackageFile): PackageFindings {
  const findings = new Map<PackageFile, StaticFinding[]>();
  const problems: string[] = [];
  const all = new Analysed(pkg, focus);
  for (const check of checks) {
    if (focus && check.wholePackage) continue;
    try {
      for (const report of check.run(all)) {
        const [{ file }] = report.sites;
        if ((focus && file !== focus) || isSuppressed(report.sites[0], check.name)) continue;
        const found = toStatic(check, report);
        const list = findings.get(file);
        // Of two that say something of the same place the one that stands first in the list knows more.
        const [{ range }] = found.sites;
        if (list?.some(({ check: other, sites: [site] }) => other !== check.name && samePlace(site.range, range)))
          continue;
        if (list) list.push(found);
        else findings.set(file, [found]);
      }
    } catch (error) {
      problems.push(`The check ${check.name} failed: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  const start = ({ sites: [{ range }] }: StaticFinding): number => range.start.line * 1e5 + range.start.column;
  for (const list of findings.values()) list.sort((a, b) => start(a) - start(b));
  return { findings, problems };
}

const samePlace = (a: SourceRange, b: SourceRange): boolean =>
  a.start.line === b.start.line && a.start.column === b.start.column;

function toStatic(check: Check, report: Report): StaticFinding {
  const [first, ...others] = report.sites.map(siteOf);
  return {
    check: check.name,
    message: report.message,
    explanation: report.explanation,
    function: report.fn.name,
    sites: [first!, ...others],
    fixes: (report.fixes ?? []).map(({ title, edits }) => ({
      title,
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
    role,
    operation,
  };
}

/** A statement with a body is long; its squiggle ends with its first line. */
function endOfHead(text: string, start: number, end: number): number {
  const newline = text.indexOf('\n', start);
  if (newline < 0 || newline >= end) return end;
  return start + text.slice(start, newline).replace(/[\s{]+$/u, '').length;
}
