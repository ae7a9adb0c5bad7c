/** The findings of one test: each is told at once, but for what another process may have caused; then replayed, shortened and told again. */

import { withViewsOf } from '../../core/analyse/telling/also-seen';
import { withSentences } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { phrase } from '../../protocol/phrase';
import { type Confirmation, confirm } from '../replay/confirm';
import { replaySteps } from '../replay/replays';
import { type Evidence, evidenceOf } from '../run/evidence';
import { takeWitness } from '../run/race-findings';
import { type RunRequest, removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import { turnstileOf } from '../run/turnstile';
import { Always, toldAsAlways } from './always';
import { Consequences } from './consequences';
import type { Course } from './course';
import type { Endings } from './endings';

/** Longest time that one finding may take to shorten, in seconds. */
const SHORTEN_SECONDS = 2;
/** The same where only what would never end is ended by time. */
const LONGEST_SECONDS = 60;

/** What another process of the package may have caused: a port or a file that only one can have. */
const isDoubtful = ({ kind }: Finding, { beside }: Evidence): boolean =>
  beside && (kind === 'test-failure' || kind === 'panic');

export class Met {
  readonly always = new Always();
  /** What was looked for is found. */
  sated = false;
  private readonly findings = new Map<string, Finding>();
  private readonly consequences = new Consequences();

  constructor(
    private readonly course: Course,
    private readonly endings: Endings,
  ) {
    for (const finding of course.options.known ?? []) this.put(finding);
  }

  get all(): Finding[] {
    return [...this.findings.values()];
  }

  has({ id }: Finding): boolean {
    return this.findings.has(id);
  }

  /** Those that are new, what is looked for first. */
  fresh(findings: readonly Finding[]): readonly Finding[] {
    const { enough } = this.course.options;
    const fresh = findings.filter((finding) => !this.has(finding));
    return enough ? fresh.sort((a, b) => Number(enough(b)) - Number(enough(a))) : fresh;
  }

  /**
   * A new finding: told at once, then again when it has been replayed. A failure that does not show without other
   * processes beside it is not kept: it is met again if it was none of theirs. `firstAt` counts schedules from 1;
   * `batch` is what the process was asked for that met it.
   */
  async meet(finding: Finding, evidence: Evidence, firstAt: number, batch?: RunRequest): Promise<void> {
    const { course } = this;
    const { onFinding, replays, workers, signal } = course.options;
    finding.stats = {
      schedules: course.schedules,
      firstAt,
      preemptions: evidence.raw.preemptions,
      replays: 0,
      replayed: 0,
      seconds: course.seconds,
    };
    this.put(finding);
    if (isDoubtful(finding, evidence) && (await this.isOfOthers(finding, evidence, batch))) {
      // It is met again where they are not in its way.
      turnstileOf(course.subject).close();
      this.findings.delete(finding.id);
      course.found = this.findings.size;
      return;
    }
    this.endings.noteNew();
    await onFinding?.(finding, evidence);
    const confirmation: Confirmation = await confirm(course.subject, finding, evidence, {
      replays,
      workers,
      shortenSeconds: this.shortenSeconds(),
      signal,
    });
    this.put(confirmation.finding);
    this.endings.noteNew();
    await onFinding?.(confirmation.finding, confirmation.evidence);
    for (const race of this.consequences.add(confirmation.finding, confirmation.evidence.schedule)) {
      this.put(race);
      await onFinding?.(race, undefined);
    }
    this.checkEnough(confirmation.finding);
  }

  /** What a process died of that did not show again. */
  async meetWithoutSchedule(finding: Finding, firstAt: number): Promise<void> {
    const { course } = this;
    const stats = { preemptions: 0, replays: 0, replayed: 0, seconds: course.seconds };
    finding.stats = { schedules: course.schedules, firstAt, ...stats };
    const told = withSentences(
      finding,
      phrase`The process did not die again when its run was repeated: there is no schedule to replay.`,
    );
    this.put(told);
    this.endings.noteNew();
    await course.options.onFinding?.(told, undefined);
    this.checkEnough(told);
  }

  /** What was found without the race detector, and is reported by it now. */
  async hearWitnesses(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      const known = this.findings.get(finding.id);
      const told = known && takeWitness(known, finding);
      if (!told || told === known) continue;
      this.put(told);
      await this.course.options.onFinding?.(told, undefined);
    }
  }

  /** Says so of failures that every run has shown. */
  async tellAlways(): Promise<void> {
    const { subject, tally, options, exhausted } = this.course;
    for (const finding of this.all) {
      if (!this.always.has(finding, tally.schedules, exhausted !== undefined) || this.course.cancelled) continue;
      const told = await toldAsAlways(subject, finding, tally.schedules, options.signal);
      this.put(told);
      await options.onFinding?.(told, undefined);
    }
  }

  /** What was predicted and has never happened. */
  async tellPredicted(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      this.put(finding);
      await this.course.options.onFinding?.(finding, undefined);
    }
  }

  /** It does not show when no other process of the package runs: by its schedule, and after all that its process had done before. */
  private async isOfOthers(finding: Finding, { raw }: Evidence, batch: RunRequest | undefined): Promise<boolean> {
    const { subject, options } = this.course;
    const { signal } = options;
    const request = { steps: raw.steps, conditions: conditionsOf(raw), times: 1, workers: 1, alone: true };
    const { times, reproduced } = await replaySteps(subject, finding, { ...request, signal });
    if (times === 0 || reproduced > 0) return false;
    if (!batch) return true;
    const run = await runTarget(subject, batch, { signal, alone: true });
    try {
      for (const line of run.lines) {
        const again = await evidenceOf(subject, run, line);
        if (again.ok && again.value.findings.some(({ id }) => id === finding.id)) return false;
      }
      return run.end !== 'cancelled';
    } finally {
      removeRun(run);
    }
  }

  private put(finding: Finding): void {
    const known = this.findings.get(finding.id);
    // While it was replayed, others may have met it from another side.
    this.findings.set(finding.id, known ? withViewsOf(finding, known) : finding);
    this.course.found = this.findings.size;
  }

  /** Where the clock may decide nothing, the number of candidates alone bounds how long shortening takes. */
  private shortenSeconds(): number {
    const { counted, secondsLeft, allotted } = this.course;
    return counted ? Math.min(secondsLeft, LONGEST_SECONDS) : Math.min(SHORTEN_SECONDS, Math.max(0.5, allotted / 4));
  }

  private checkEnough(finding: Finding): void {
    if (!this.course.options.enough?.(finding)) return;
    this.sated = true;
    this.course.early ??= 'what was looked for is found';
  }
}
