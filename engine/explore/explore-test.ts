/**
 * Explores one test: workers run process after process, each a batch of schedules, and every run that failed or
 * whose trace was sampled is judged. A finding is replayed and shortened by the worker that met it first, while
 * the others go on. It ends with its time or schedules, or early when more would tell nothing new.
 */
import { rm } from 'node:fs/promises';
import type { Finding } from '../../protocol/finding';
import { type Confirmation, confirm } from '../replay/confirm';
import { relive } from '../replay/relive';
import { deathOf, hangMessage } from '../run/deaths';
import { type Evidence, evidenceOf } from '../run/evidence';
import { takeWitness } from '../run/race-findings';
import { MAX_STEPS, type ProcessRun, type RunRequest, runTarget } from '../run/run';
import type { TestSubject } from '../run/subject';
import { Always, toldAsAlways } from './always';
import { Consequences } from './consequences';
import { cutShort, isLivelock, Livelocks } from './livelocks';
import { OutcomeTally } from './outcome-tally';
import { workerSeed } from './seeds';

export interface TestBudget {
  /** Wall seconds. */
  seconds: number;
  /** Schedules; Infinity for no bound. */
  schedules: number;
}

export interface TestExplorationOptions {
  budget: TestBudget;
  seed: string;
  workers: number;
  replays: number;
  /** Where virtual time begins in all runs: decimal nanoseconds. Left out: at the start of their process. */
  epoch?: string;
  /** What an earlier exploration of the test found. */
  known?: readonly Finding[];
  /** The exploration ends with the first finding that this accepts, once it has been replayed. */
  enough?: (finding: Finding) => boolean;
  signal?: AbortSignal;
  onProgress?: (schedules: number, findings: number) => void;
  /** A finding is new, or has been replayed. */
  onFinding?: (finding: Finding, evidence: Evidence | undefined) => Promise<void>;
}

export interface TestExploration {
  findings: Finding[];
  tally: OutcomeTally;
  /** Ids of the sites that were seen in a trace or a count. */
  reached: ReadonlySet<number>;
  /** Wall seconds. */
  seconds: number;
  problem?: string;
  /** Why it ended before its budget was used. */
  early?: string;
}

/** First batches are judged run by run; later ones are larger and sampled. */
const FIRST_BATCH = 8;
const LARGEST_BATCH = 1 << 16;
/** Wall milliseconds of a process at most, so that workers meet often. */
const BATCH_MILLISECONDS = 1_000;
/** Runs of a batch whose traces are judged although they passed. */
const SAMPLES = 48;
/** Share of the time that judging may take before fewer traces are sampled. */
const MOST_JUDGING = 0.4;
/** Same findings in a row after which more of them tell nothing. */
const ENOUGH_REPEATS = 20;
/**
 * What follows from a race gets its chance, with the racing accesses as scheduling points, before the race counts as a
 * known finding: so many runs, or that share of the time.
 */
const CHANCE = { runs: 50_000, share: 1 / 2, seconds: 15 };
/** Without a new finding, before repeats count, in seconds. */
const QUIET_SECONDS = 1;
/** A batch this large with so few interleavings has seen what there is to see. */
const SATURATED = { runs: 2_000, runsPerInterleaving: 50 };
const ENOUGH_DEATHS = 3;
/**
 * Runs that reached the bound on steps, and nothing else, after which one gets many more; when that does not end
 * either, the next get few, so that there can be many; and the last.
 */
const SUSPECT_ENDLESS = 3;
const ENOUGH_ENDLESS = 100;
const LONG_STEPS = 20 * MAX_STEPS;
const SHORT_STEPS = MAX_STEPS / 10;
/** Longest time that one finding may take to shorten, in seconds. */
const SHORTEN_SECONDS = 2;

export async function exploreTest(subject: TestSubject, options: TestExplorationOptions): Promise<TestExploration> {
  return new Exploration(subject, options).run();
}

class Exploration {
  private readonly begin = performance.now();
  private readonly tally = new OutcomeTally();
  private readonly findings = new Map<string, Finding>();
  private readonly seen = new Set<number>();
  private readonly deaths = new Map<string, number>();
  /** What processes died of that a schedule shows again. */
  private readonly explained = new Set<string>();
  /** Ids of sites where accesses were seen racing. */
  private readonly points = new Set<number>();
  private readonly consequences = new Consequences();
  /** Wall seconds of the batches that have ended, not counting what comes between. */
  private running = 0;
  /** When a point was added last. */
  private pointed = { schedules: 0, running: 0 };
  private readonly livelocks = new Livelocks();
  private readonly always = new Always();
  private assigned = 0;
  private judged = 0;
  private failing = 0;
  private repeats = 0;
  private limited = 0;
  private maxSteps = MAX_STEPS;
  /** The largest bound on steps that a run has reached. */
  private longest = 0;
  private lastNew = this.begin;
  private judgingSeconds = 0;
  private thinning = 1;
  private problem: string | undefined;
  private early: string | undefined;
  private sated = false;

  constructor(
    private readonly subject: TestSubject,
    private readonly options: TestExplorationOptions,
  ) {
    for (const finding of options.known ?? []) this.findings.set(finding.id, finding);
  }

  async run(): Promise<TestExploration> {
    const first = await this.batch(0, 0, FIRST_BATCH);
    if (first && !this.over()) {
      await Promise.all(
        Array.from({ length: this.options.workers }, (_, worker) => this.work(worker, worker === 0 ? first : 0)),
      );
    }
    if (this.limited >= SUSPECT_ENDLESS && this.endless()) {
      const within = `within ${this.longest.toLocaleString('en')} steps`;
      this.problem ??= `${this.subject.test} did not end by itself in any of ${this.judged} interleavings, ${within}.`;
    }
    await this.tellAlways();
    return {
      findings: [...this.findings.values()],
      tally: this.tally,
      reached: new Set([...this.seen, ...this.tally.outcomes.keys()]),
      seconds: this.seconds(),
      problem: this.problem,
      early: this.early,
    };
  }

  /** Says so of failures that every run has shown. */
  private async tellAlways(): Promise<void> {
    const { schedules } = this.tally;
    for (const [id, finding] of this.findings) {
      if (!this.always.has(finding, schedules) || this.options.signal?.aborted) continue;
      const told = await toldAsAlways(this.subject, finding, schedules, this.options.signal);
      this.findings.set(id, told);
      await this.options.onFinding?.(told, this.always.evidence.get(id));
    }
  }

  private seconds(): number {
    return (performance.now() - this.begin) / 1000;
  }

  private over(): boolean {
    const { budget, signal } = this.options;
    return (
      this.early !== undefined ||
      signal?.aborted === true ||
      this.seconds() >= budget.seconds ||
      this.assigned >= budget.schedules
    );
  }

  /** Batches of one worker, each eight times as large as the one before, until it is over. */
  private async work(worker: number, done: number): Promise<void> {
    let next = done;
    for (let size = FIRST_BATCH * 8; !this.over(); size = Math.min(size * 8, LARGEST_BATCH)) {
      next += await this.batch(worker, next, size);
    }
  }

  /** Runs one process and judges what it wrote. Gives the number of seeds that were used up. */
  private async batch(worker: number, first: number, size: number): Promise<number> {
    const { budget, seed, epoch, signal } = this.options;
    const iterations = Math.max(1, Math.min(size, budget.schedules - this.assigned));
    this.assigned += iterations;
    const left = Math.max(1, Math.ceil((budget.seconds - this.seconds()) * 1000));
    const request: RunRequest = {
      strategy: 'random',
      seed: workerSeed(seed, worker),
      epoch,
      first,
      iterations,
      maxSteps: this.maxSteps,
      milliseconds: Math.min(left, BATCH_MILLISECONDS),
      ...(this.points.size > 0 ? { points: [...this.points].sort((a, b) => a - b) } : {}),
      traceEvery: Math.max(1, Math.ceil(iterations / SAMPLES) * this.thinning),
      // Where many runs leak, processes end long before their next sample.
      traceFirst: Math.floor(FIRST_BATCH / this.thinning),
    };
    const before = this.tally.now;
    const since = performance.now();
    const run = await runTarget(this.subject, request, {
      signal,
      onSummary: (summary) => {
        this.tally.progress(worker, summary);
        this.report();
      },
    });
    this.running += (performance.now() - since) / 1000;
    const died = run.diedIn === undefined ? 0 : run.diedIn - first + 1;
    const done = Math.max(run.summary?.iterations ?? 0, died, ...run.lines.map((line) => line.index - first + 1));
    this.tally.add(worker, done, run.summary);
    this.assigned -= iterations - done;
    await this.judge(run, before, request);
    await rm(run.out, { recursive: true, force: true });
    this.report();
    // Where it is not known what a process had done, its seeds are not tried again.
    const unknown = run.end === 'overdue' || (run.end === 'died' && died === 0);
    return unknown ? iterations : done;
  }

  /** No run ended by itself until now. */
  private endless(): boolean {
    return this.limited === this.judged;
  }

  private adjustSteps(): void {
    if (this.limited < SUSPECT_ENDLESS || !this.endless()) return;
    this.maxSteps = this.maxSteps === MAX_STEPS ? LONG_STEPS : SHORT_STEPS;
  }

  private report(): void {
    this.options.onProgress?.(this.tally.now, this.findings.size);
  }

  private async judge(run: ProcessRun, before: number, request: RunRequest): Promise<void> {
    const first = request.first ?? 0;
    const begin = performance.now();
    let confirming = 0;
    let goroutines = 1;
    for (const line of run.lines) {
      if (this.options.signal?.aborted && this.findings.size > 0) break;
      if (line.outcome === 'hang') this.strike(hangMessage(this.subject, line));
      const evidence = await evidenceOf(this.subject, run, line);
      if (!evidence.ok) {
        this.problem ??= evidence.problem;
        continue;
      }
      goroutines = Math.max(goroutines, evidence.value.trace.header.goroutines.length - 1);
      for (const site of evidence.value.trace.header.sites) this.seen.add(site.id);
      this.judged++;
      this.livelocks.note(line);
      this.always.note(evidence.value.findings);
      const firstAt = before + line.index - first + 1;
      const findings = evidence.value.findings.filter((finding) => {
        if (!isLivelock(finding) || this.findings.has(finding.id)) return true;
        this.livelocks.take({ finding, evidence: evidence.value, firstAt, steps: line.steps });
        return false;
      });
      this.point(evidence.value.points);
      // A race is there in runs that pass too, and says nothing about what else they may end in.
      const failed = findings.length > 0 && (line.outcome !== 'pass' || this.hadChance());
      if (failed) this.failing++;
      if (line.outcome === 'limit') {
        this.limited++;
        this.longest = Math.max(this.longest, line.steps);
      }
      const fresh = findings.filter((finding) => !this.findings.has(finding.id));
      if (failed && fresh.length === 0) this.repeats++;
      await this.hearWitnesses(findings);
      const since = performance.now();
      for (const finding of this.soughtFirst(fresh)) {
        if (this.sated) return;
        await this.meet(finding, evidence.value, firstAt);
      }
      confirming += performance.now() - since;
    }
    for (const suspect of this.livelocks.certain()) {
      if (this.sated) return;
      const evidence = await cutShort(this.subject, suspect, this.options.signal);
      await this.meet(suspect.finding, evidence, suspect.firstAt);
    }
    this.judgingSeconds += (performance.now() - begin - confirming) / 1000;
    const tooMuch = this.judgingSeconds > MOST_JUDGING * this.seconds() && this.seconds() > 1;
    if (tooMuch) this.thinning = Math.min(this.thinning * 2, LARGEST_BATCH);
    if (this.limited >= ENOUGH_ENDLESS && this.endless()) this.early ??= 'it never ends';
    this.adjustSteps();
    await this.bury(run, before, request);
    if ((request.points?.length ?? 0) === this.points.size) this.lookForEarlyEnd(run, goroutines);
  }

  /** Accesses that race are scheduling points of the batches to come. */
  private point(sites: readonly number[]): void {
    const before = this.points.size;
    for (const site of sites) this.points.add(site);
    if (this.points.size > before) this.pointed = { schedules: this.tally.now, running: this.running };
  }

  /** What may follow from the known races would have shown. */
  private hadChance(): boolean {
    const { runs, share, seconds } = CHANCE;
    return (
      this.tally.now - this.pointed.schedules >= runs ||
      this.running - this.pointed.running >= Math.min(seconds, share * this.options.budget.seconds)
    );
  }

  /** A new finding: told at once, then again when it has been replayed. */
  private async meet(finding: Finding, evidence: Evidence, firstAt: number): Promise<void> {
    const { onFinding, replays, workers, signal, budget } = this.options;
    finding.stats = {
      schedules: this.tally.now,
      firstAt,
      preemptions: evidence.raw.preemptions,
      replays: 0,
      replayed: 0,
      seconds: this.seconds(),
    };
    this.findings.set(finding.id, finding);
    this.repeats = 0;
    await onFinding?.(finding, evidence);
    const shortenSeconds = Math.min(SHORTEN_SECONDS, Math.max(0.5, budget.seconds / 4));
    const confirmation: Confirmation = await confirm(this.subject, finding, evidence, {
      replays,
      workers,
      shortenSeconds,
      signal,
    });
    this.findings.set(finding.id, confirmation.finding);
    this.always.evidence.set(finding.id, confirmation.evidence);
    this.lastNew = performance.now();
    await onFinding?.(confirmation.finding, confirmation.evidence);
    for (const race of this.consequences.add(confirmation.finding, confirmation.evidence)) {
      this.findings.set(race.finding.id, race.finding);
      await onFinding?.(race.finding, race.evidence);
    }
    this.checkEnough(confirmation.finding);
  }

  /** What was found without the race detector, and is reported by it now. */
  private async hearWitnesses(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      const known = this.findings.get(finding.id);
      const told = known && takeWitness(known, finding);
      if (!told || told === known) continue;
      this.findings.set(told.id, told);
      await this.options.onFinding?.(told, undefined);
    }
  }

  private soughtFirst(findings: readonly Finding[]): readonly Finding[] {
    const { enough } = this.options;
    return enough ? [...findings].sort((a, b) => Number(enough(b)) - Number(enough(a))) : findings;
  }

  private checkEnough(finding: Finding): void {
    if (!this.options.enough?.(finding)) return;
    this.sated = true;
    this.early ??= 'what was looked for is found';
  }

  /** A process that died or hangs. */
  private async bury(run: ProcessRun, before: number, request: RunRequest): Promise<void> {
    const death = deathOf(this.subject, run);
    if (!death) return;
    const { type } = death;
    const known = type === 'finding' ? death.finding.id : death.sentence;
    const again =
      run.end === 'died' && !this.explained.has(known)
        ? await relive(this.subject, run, request, this.options.signal)
        : undefined;
    if (again) this.explained.add(known);
    if (again || this.explained.has(known) || type === 'finding') {
      this.failing++;
      this.judged++;
    }
    const first = request.first ?? 0;
    const firstAt = before + (run.diedIn ?? first) - first + 1;
    const fresh = (again?.findings ?? (type === 'finding' ? [death.finding] : [])).filter(
      (finding) => !this.findings.has(finding.id),
    );
    if (again) for (const finding of fresh) await this.meet(finding, again, firstAt);
    else if (this.explained.has(known) || fresh.length === 0) this.repeats++;
    else for (const finding of fresh) await this.meetWithoutSchedule(finding, firstAt);
    if (!this.explained.has(known)) this.strike(type === 'problem' ? death.sentence : undefined, known);
  }

  private async meetWithoutSchedule(finding: Finding, firstAt: number): Promise<void> {
    const stats = { preemptions: 0, replays: 0, replayed: 0, seconds: this.seconds() };
    finding.stats = { schedules: this.tally.now, firstAt, ...stats };
    finding.explanation.push(
      'The process did not die again when its run was repeated: there is no schedule to replay.',
    );
    this.findings.set(finding.id, finding);
    this.lastNew = performance.now();
    await this.options.onFinding?.(finding, undefined);
    this.checkEnough(finding);
  }

  /** The same trouble a third time ends the exploration. */
  private strike(sentence: string | undefined, key = sentence ?? ''): void {
    if (sentence !== undefined) this.problem ??= sentence;
    const times = (this.deaths.get(key) ?? 0) + 1;
    this.deaths.set(key, times);
    if (times >= ENOUGH_DEATHS) this.early ??= 'its process dies again and again';
  }

  private lookForEarlyEnd(run: ProcessRun, goroutines: number): void {
    const { summary } = run;
    if (summary?.final && summary.distinct <= 1 && goroutines <= 1 && summary.iterations >= FIRST_BATCH) {
      this.early ??= 'it has one interleaving only';
    }
    if (
      summary &&
      summary.iterations >= SATURATED.runs &&
      summary.iterations >= summary.distinct * SATURATED.runsPerInterleaving
    ) {
      this.early ??= 'its interleavings repeat';
    }
    const quiet = (performance.now() - this.lastNew) / 1000 >= QUIET_SECONDS;
    const always = this.failing > this.judged / 2;
    if (!this.options.enough && this.repeats >= ENOUGH_REPEATS && (quiet || always))
      this.early ??= 'it only shows known findings again';
  }
}
