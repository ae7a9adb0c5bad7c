/**
 * A failure that every interleaving shows is, as a rule, none of concurrency. Whether the test also fails without
 * Lockstep, where the Go scheduler decides, is asked of the same binary.
 */

import { failingIn, failsAlways } from '../../core/analyse/telling/failing';
import { messageOf, retold } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { phrase } from '../../protocol/phrase';
import { testArguments } from '../run/run';
import type { TestSubject } from '../run/subject';
import { runProcess } from '../system/processes';

/** Interleavings from which on `each of them` says something. */
const ENOUGH = 8;
const NATIVE_RUNS = 3;
const NATIVE_MILLISECONDS = 5_000;

/** Counts how many runs showed each failure. */
export class Always {
  private readonly shown = new Map<string, number>();

  note(findings: readonly Finding[]): void {
    for (const { id, kind } of findings) {
      if (kind === 'test-failure' || kind === 'panic') this.shown.set(id, (this.shown.get(id) ?? 0) + 1);
    }
  }

  /** All `schedules` runs showed it: enough of them, or all that there are. */
  has({ id }: Finding, schedules: number, exhausted: boolean): boolean {
    return (schedules >= ENOUGH || exhausted) && this.shown.get(id) === schedules;
  }
}

/** The finding with what is known of runs without Lockstep; as it was when these cannot be had. */
export async function toldAsAlways(
  subject: TestSubject,
  finding: Finding,
  schedules: number,
  signal?: AbortSignal,
): Promise<Finding> {
  let failed = 0;
  for (let run = 0; run < NATIVE_RUNS; run++) {
    const { code, cancelled, timedOut } = await runProcess(subject.package.binary, testArguments(subject.test, 1), {
      directory: subject.package.dir,
      environment: { ...subject.environment, PWD: subject.package.dir },
      timeoutMilliseconds: NATIVE_MILLISECONDS,
      signal,
    });
    if (cancelled || timedOut) return finding;
    if (code !== 0) failed++;
  }
  const native =
    failed === NATIVE_RUNS
      ? phrase`and without Lockstep as well: the order of its goroutines has probably nothing to do with it`
      : failed > 0
        ? phrase`and without Lockstep ${failed} of ${NATIVE_RUNS} times`
        : phrase`but not without Lockstep, where time is real and goroutines run side by side`;
  const count = schedules.toLocaleString('en');
  const always = failingIn(messageOf(finding));
  return retold(finding, {
    ...(always ? { message: failsAlways(always, count) } : {}),
    explanation: [
      ...finding.explanation.filter((step) => !step.includes('In another interleaving it may pass')),
      schedules === 1
        ? phrase`It was so in the one interleaving there is, ${native}.`
        : phrase`It was so in each of ${count} interleavings, ${native}.`,
    ],
  });
}
