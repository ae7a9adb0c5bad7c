/**
 * What the runs of a test say may go wrong in others. Where a reordering shows it, that is run; runs are steered to the
 * rest. What is certain and yet was not met is told.
 */

import { isWhole } from '../../core/analyse/analysis';
import { isGuess } from '../../core/analyse/predict/left-alone';
import { isConfirmedBy, witnessedFindings } from '../../core/analyse/predict/witnessed-findings';
import { targetsIn } from '../../core/analyse/targets';
import { withSentences } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { phrase } from '../../protocol/phrase';
import type { Target } from '../../protocol/run';
import { bringAbout } from '../replay/bring-about';
import type { Evidence } from '../run/evidence';
import { conditionsOf } from '../run/schedule-sites';
import type { Course } from './course';

/** Traces that are searched: later ones hardly predict anything else. */
const TRACES = 16;
const LARGEST_TRACE = 20_000;
/** Events of all of them: a hundred thousand take about a second. */
const MOST_EVENTS = 100_000;
/** Targets of a test at most: each takes runs from the others. */
const MOST_TARGETS = 16;
/** Predictions of a test that are tried at most, each in a few runs. */
const MOST_TRIED = 32;
/** Steps of the search for witnesses, for each analysis of a trace: some hundredths of a second. */
const SEARCH_STEPS = 10_000;

interface Prediction {
  finding: Finding;
  evidence: Evidence;
  /** Schedules until then. */
  since: number;
}

export class Predicted {
  /** In the order found: strategies know them by their place. */
  readonly targets: Target[] = [];
  private readonly known = new Set<string>();
  /** Sites, in ascending order, of what was predicted with a witness, and of races that happen anyway. */
  private readonly seen = new Set<string>();
  private readonly waiting: Prediction[] = [];
  private readonly unmet: { finding: Finding; since: number; runs: number }[] = [];
  private searched = 0;
  private events = 0;
  private tried = 0;

  constructor(private readonly course: Course) {}

  /** Takes a run in that was judged. */
  look(evidence: Evidence): void {
    const { trace } = evidence;
    if (this.searched >= TRACES || trace.count > LARGEST_TRACE || !isWhole(trace)) return;
    if (this.events + trace.count > MOST_EVENTS) return;
    this.searched++;
    this.events += trace.count;
    for (const target of targetsIn(trace)) {
      this.aim(target);
      if (target.kind === 'race') this.seen.add([...target.sites].sort((a, b) => a - b).join());
    }
    const { package: found, test } = this.course.subject;
    for (const finding of witnessedFindings(trace, SEARCH_STEPS, (sites) => this.seen.has(sites.join()))) {
      if (this.known.has(finding.id)) continue;
      this.known.add(finding.id);
      const told = { ...finding, package: found.importPath, test };
      this.waiting.push({ finding: told, evidence, since: this.course.schedules });
    }
  }

  /**
   * Runs what was predicted since, as long as `found` does not show it anyway. Gives the runs that do what was foretold,
   * one by one, so that the next is tried only when the findings of the one before are known.
   */
  async *come(found: () => readonly Finding[]): AsyncGenerator<Evidence> {
    const { course } = this;
    for (const { finding, evidence, since } of this.waiting.splice(0)) {
      if (course.cancelled || this.tried >= MOST_TRIED) return;
      if (found().some((other) => isConfirmedBy(finding, other))) continue;
      this.tried++;
      const conditions = conditionsOf(evidence.raw);
      const signal = course.options.signal;
      const { shown, runs, followed } = await bringAbout(course.subject, finding, evidence.trace, {
        conditions,
        signal,
      });
      if (shown) yield shown;
      // A run that did all of it and ended well contradicts the prediction.
      else if (!followed && !isGuess(finding)) this.unmet.push({ finding, since, runs });
    }
  }

  /** Goes on with those of an earlier exploration. */
  restore(targets: readonly Target[]): void {
    for (const target of targets) this.aim(target);
  }

  /** What was predicted and has not been found, with how often it was tried. */
  unconfirmed(found: readonly Finding[]): Finding[] {
    const { schedules, exhausted } = this.course;
    if (exhausted) return [];
    return this.unmet
      .filter(({ finding }) => !found.some((other) => isConfirmedBy(finding, other)))
      .map(({ finding, since, runs }) => {
        const tried = (schedules - since).toLocaleString('en');
        return withSentences(
          finding,
          phrase`Runs that were to take that order took another course (${runs} tried).`,
          schedules - since === 1
            ? phrase`It was not met in the one interleaving that was tried since it was predicted.`
            : phrase`It was not met in the ${tried} interleavings that were tried since it was predicted.`,
        );
      });
  }

  private aim(target: Target): void {
    const key = JSON.stringify(target);
    if (this.known.has(key) || this.targets.length >= MOST_TARGETS) return;
    this.known.add(key);
    this.targets.push(target);
  }
}
