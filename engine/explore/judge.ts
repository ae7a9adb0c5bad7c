/** Judges what test processes have written: every run that failed or whose trace was sampled, then the process's end. */

import type { Finding } from '../../protocol/finding';
import { english } from '../../protocol/phrase';
import type { RunLine } from '../../protocol/run';
import { relive } from '../replay/relive';
import { deathOf, hangMessage } from '../run/deaths';
import { type Evidence, evidenceOf } from '../run/evidence';
import type { Batch } from './batches';
import type { Course } from './course';
import { Endings } from './endings';
import { cutShort, isLivelock, Livelocks } from './livelocks';
import { Met } from './met';
import { Points } from './points';
import { Predicted } from './predicted';
import { Sampling } from './sampling';
import { StepBound } from './step-bound';

export class Judge {
  readonly points: Points;
  readonly sampling: Sampling;
  readonly bound = new StepBound();
  readonly met: Met;
  readonly predicted: Predicted;
  private readonly endings: Endings;
  private readonly livelocks = new Livelocks();
  /** What processes died of that a schedule shows again. */
  private readonly explained = new Set<string>();

  constructor(private readonly course: Course) {
    this.points = new Points(course);
    this.sampling = new Sampling(course);
    this.endings = new Endings(course);
    this.met = new Met(course, this.endings);
    this.predicted = new Predicted(course);
  }

  /** `before`: schedules of the exploration before the first of this batch. */
  async judge(batch: Batch, before: number): Promise<void> {
    const { course, met } = this;
    const { run, request } = batch;
    const firstAt = (index: number): number => before + index - (request.first ?? 0) + 1;
    const begin = performance.now();
    let confirming = 0;
    let goroutines = 1;
    let steps = 0;
    for (const line of run.lines) {
      if (course.cancelled && course.found > 0) break;
      if (line.outcome === 'hang') this.endings.strike(hangMessage(course.subject, line));
      const evidence = await evidenceOf(course.subject, run, line);
      if (!evidence.ok) {
        course.problem ??= evidence.said;
        continue;
      }
      steps += line.steps;
      goroutines = Math.max(goroutines, evidence.value.trace.header.goroutines.length - 1);
      const fresh = await this.look(line, evidence.value, firstAt(line.index));
      const since = performance.now();
      for (const finding of fresh) {
        if (met.sated) return;
        await met.meet(finding, evidence.value, firstAt(line.index), request);
      }
      confirming += performance.now() - since;
    }
    const since = performance.now();
    for await (const evidence of this.predicted.come(() => met.all)) {
      for (const finding of met.fresh(evidence.findings)) {
        if (met.sated) return;
        await met.meet(finding, evidence, before + batch.done);
      }
    }
    confirming += performance.now() - since;
    if (run.summary?.overrun !== undefined) this.bound.noteOverrun(run.summary.overrun);
    for (const suspect of this.livelocks.certain()) {
      if (met.sated) return;
      const evidence = await cutShort(course.subject, suspect, course.options.signal);
      await met.meet(suspect.finding, evidence, suspect.firstAt);
    }
    if (!batch.lane.isSystematic) this.sampling.note((performance.now() - begin - confirming) / 1000, steps);
    if (this.bound.hopeless) course.early ??= 'it never ends';
    this.bound.adjust();
    await this.bury(batch, firstAt);
    // What more points lead to is still to be seen.
    if ((request.points?.length ?? 0) === this.points.count) this.endings.look(run, goroutines, this.bound.judged);
  }

  /** Takes note of a run, and gives what is new of what it shows. */
  private async look(line: RunLine, evidence: Evidence, firstAt: number): Promise<readonly Finding[]> {
    const { course, met, endings } = this;
    for (const site of evidence.trace.header.sites) course.seen.add(site.id);
    this.bound.note(line);
    this.livelocks.note(line);
    met.always.note(evidence.findings);
    this.predicted.look(evidence);
    const findings = evidence.findings.filter((finding) => {
      if (!isLivelock(finding) || met.has(finding)) return true;
      this.livelocks.take({ finding, evidence, firstAt, steps: line.steps });
      return false;
    });
    this.points.add(evidence.points);
    // A race is there in runs that pass too, and says nothing about what else they may end in.
    const failed = findings.length > 0 && (line.outcome !== 'pass' || this.points.hadChance());
    if (failed) endings.noteFailing();
    const fresh = met.fresh(findings);
    if (failed && fresh.length === 0) endings.noteRepeat();
    await met.hearWitnesses(findings);
    return fresh;
  }

  /** A process that died or hangs. */
  private async bury({ run, request }: Batch, firstAt: (index: number) => number): Promise<void> {
    const { course, met, endings, explained } = this;
    const death = deathOf(course.subject, run);
    if (!death) return;
    const { type } = death;
    const known = type === 'finding' ? death.finding.id : english(death.sentence);
    const again =
      run.end === 'died' && !explained.has(known)
        ? await relive(course.subject, run, request, course.options.signal)
        : undefined;
    if (again) explained.add(known);
    if (again || explained.has(known) || type === 'finding') {
      endings.noteFailing();
      this.bound.noteDeath();
    }
    const at = firstAt(run.diedIn ?? request.first ?? 0);
    const fresh = met.fresh(again?.findings ?? (type === 'finding' ? [death.finding] : []));
    if (again) for (const finding of fresh) await met.meet(finding, again, at);
    else if (explained.has(known) || fresh.length === 0) endings.noteRepeat();
    else for (const finding of fresh) await met.meetWithoutSchedule(finding, at);
    if (!explained.has(known)) endings.strike(type === 'problem' ? death.sentence : undefined, known);
  }
}
