/** What shards of one exploration found, as if one machine had explored all of it. */

import type { Finding, TestDocument, TestReport, Uncontrolled } from '../../protocol/finding';
import { joined } from '../analyse/telling/join';

/** Findings by id, of each the one that tells most; the counts of tests that several explored are added up. */
export function mergeDocuments(documents: readonly TestDocument[]): TestDocument {
  const findings = new Map<string, Finding>();
  const tests = new Map<string, TestReport>();
  for (const document of documents) {
    for (const finding of document.findings) {
      const known = findings.get(finding.id);
      findings.set(finding.id, known ? joined({ finding: known }, { finding }).finding : finding);
    }
    for (const test of document.tests) {
      const key = `${test.package} ${test.test}`;
      const known = tests.get(key);
      tests.set(key, known ? mergeTests(known, test) : test);
    }
  }
  return {
    version: 1,
    findings: [...findings.values()],
    tests: [...tests.values()],
    problems: [...new Set([...documents.flatMap(({ problems }) => problems), ...missingShards(documents)])],
  };
}

function mergeTests(a: TestReport, b: TestReport): TestReport {
  const uncontrolled = new Map<string, Uncontrolled>();
  for (const place of [...a.uncontrolled, ...b.uncontrolled]) uncontrolled.set(JSON.stringify(place), place);
  const problem = a.problem ?? b.problem;
  return {
    ...a,
    schedules: a.schedules + b.schedules,
    seconds: a.seconds + b.seconds,
    // Which of them were reached is not in the documents, so this is a lower bound.
    coverage: {
      ...a.coverage,
      sitesReached: Math.max(a.coverage.sitesReached, b.coverage.sitesReached),
      sites: Math.max(a.coverage.sites, b.coverage.sites),
    },
    uncontrolled: [...uncontrolled.values()],
    findings: [...new Set([...a.findings, ...b.findings])],
    ...(problem === undefined ? {} : { problem }),
  };
}

/** A job of a CI matrix that failed left no document: what it would have found is not known. */
function missingShards(documents: readonly TestDocument[]): string[] {
  const given = new Map<number, Set<number>>();
  for (const { shard } of documents) {
    if (shard) given.set(shard.of, (given.get(shard.of) ?? new Set()).add(shard.index));
  }
  return [...given].flatMap(([of, there]) => {
    const missing = Array.from({ length: of }, (_, index) => index + 1).filter((index) => !there.has(index));
    if (missing.length === 0) return [];
    const which = `${missing.length === 1 ? 'Shard' : 'Shards'} ${missing.join(', ')} of ${of}`;
    return [`${which} ${missing.length === 1 ? 'is' : 'are'} not among the documents, so tests are missing.`];
  });
}
