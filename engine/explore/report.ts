/** What is reported of a test that was explored. */

import { dirname } from 'node:path';
import type { TestReport } from '../../protocol/finding';
import { english } from '../../protocol/phrase';
import type { Build } from '../build/build';
import { fileSeenFrom, uncontrolledSeenFrom } from '../run/positions';
import type { ExploredTest } from './explored-test';

/** Coverage counts the places of the test's package and of every file that the test reached. */
export function reportOf(
  build: Build,
  { found, test, explorations, earlier }: ExploredTest,
  directory: string,
): TestReport {
  const [plain] = explorations;
  const sites = plain?.sites ?? new Map();
  const own = [...sites.values()].filter((site) => !site.internal);
  const reached = own.filter((site) => plain?.exploration.reached.has(site.id));
  const files = new Set(reached.map((site) => site.file));
  const packageDirectory = fileSeenFrom(found.dir, found.moduleDir, found.moduleDir) || '.';
  const near = own.filter((site) => files.has(site.file) || dirname(site.file) === packageDirectory);
  const report: TestReport = {
    package: found.importPath,
    test,
    schedules: explorations.reduce((sum, { exploration }) => sum + exploration.tally.schedules, 0),
    seconds: explorations.reduce((sum, { exploration }) => sum + exploration.seconds, 0),
    coverage: { sitesReached: reached.length, sites: near.length, ...plain?.exploration.coverage },
    findings: explorations.at(-1)?.exploration.findings.map(({ id }) => id) ?? [],
    uncontrolled: build.document.uncontrolled
      .filter((place) => {
        const file = fileSeenFrom(place.file, found.moduleDir, found.moduleDir);
        return files.has(file) || dirname(file) === packageDirectory;
      })
      .map((place) => uncontrolledSeenFrom(place, directory)),
  };
  if (earlier > 0) report.earlier = earlier;
  const ended = plain?.exploration.early;
  if (ended !== undefined) report.ended = ended;
  const exhausted = plain?.exploration.exhausted;
  if (exhausted) report.exhausted = exhausted;
  const problem = explorations.find(({ exploration }) => exploration.problem !== undefined)?.exploration.problem;
  if (problem !== undefined) report.problem = english(problem);
  return report;
}
