/** Looks for other schedules that show a finding: with fewer switches, or from a fresh process. */
import { calmest, courseOf } from '../../core/explore/rearrange';
import { calm, directiveOf, reduce, shorten } from '../../core/explore/shorten';
import type { Finding } from '../../protocol/finding';
import type { Directive, Step } from '../../protocol/schedule';
import { type Evidence, evidenceOf } from '../run/evidence';
import { type RunRequest, removeRun, runTarget } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import type { TestSubject } from '../run/subject';

/** Candidates tried at most. */
const CANDIDATES = 150;
/** Candidates that a process gets at most: all of them are written where the finding does not end it. */
const TOGETHER = 16;
/** What a process gets, when hardly any time is left, for the run it is in. */
const LEAST_MILLISECONDS = 1_000;
/** Of a run whose steps are put in another order: with more of them few would be taken away. */
const MOST_CONFLICTS = 400;

/** What candidates are as a request. */
type Asked = Pick<RunRequest, 'strategy' | 'directives' | 'orders'>;
const directed = (directives: readonly Directive[]): Asked => ({ strategy: 'directed', directives: [...directives] });
const followed = (orders: readonly Step[][]): Asked => ({ strategy: 'follow', orders: [...orders] });

export interface ShortestOptions {
  shortenSeconds: number;
  /** A process for each candidate, so that nothing is there of the ones before. */
  alone: boolean;
  signal?: AbortSignal;
  /** Called after each process with the number of candidates it has tried. */
  onTried?: (candidates: number) => void;
}

/** A run that shows the finding. */
export interface Shorter {
  evidence: Evidence;
  /** Its process had run other candidates before it. */
  warm: boolean;
}

/**
 * The shortest schedule found within `shortenSeconds` of wall time, with its run; nothing when the finding does not show
 * again in a directed run at all.
 */
export async function shortest(
  subject: TestSubject,
  finding: Finding,
  evidence: Evidence,
  { shortenSeconds, alone, signal, onTried }: ShortestOptions,
): Promise<Shorter | undefined> {
  const deadline = performance.now() + shortenSeconds * 1000;
  let best: Shorter | undefined;
  const testsOf =
    <Candidate>(asked: (candidates: readonly Candidate[]) => Asked, isBetter: (shown: Evidence) => boolean) =>
    async (candidates: readonly Candidate[]): Promise<number> => {
      for (let from = 0; from < candidates.length; ) {
        if (signal?.aborted || performance.now() > deadline) return -1;
        const together = candidates.slice(from, from + (alone ? 1 : TOGETHER));
        const milliseconds = Math.max(LEAST_MILLISECONDS, Math.ceil(deadline - performance.now()));
        const request = { ...asked(together), iterations: together.length, milliseconds };
        const tried = await tryTogether(subject, finding, evidence, { request, isBetter, signal });
        onTried?.(tried.done);
        if (tried.shown) {
          best = { evidence: tried.shown, warm: tried.done > 1 };
          return from + tried.done - 1;
        }
        from += tried.done;
      }
      return -1;
    };
  const tests = (isBetter: (shown: Evidence) => boolean) => testsOf<Directive>(directed, isBetter);
  const { directive } = await shorten(
    directiveOf(evidence.raw.steps),
    tests(() => true),
    CANDIDATES,
  );
  const isCalmer = ({ raw }: Evidence): boolean => raw.preemptions < (best?.evidence.raw.preemptions ?? 0);
  const isNoWorse = ({ raw }: Evidence): boolean => raw.preemptions <= (best?.evidence.raw.preemptions ?? 0);
  if ((best?.evidence.raw.preemptions ?? 0) > 0) {
    const calmed = await calm(directive, tests(isCalmer), CANDIDATES);
    // What was needed for preemptions that are gone may be of no more use.
    if (calmed !== directive) await shorten(calmed, tests(isNoWorse), CANDIDATES);
  }
  const course =
    best && best.evidence.raw.preemptions > 1 ? courseOf(best.evidence.trace, best.evidence.raw.steps) : undefined;
  if (course && course.conflicts.length <= MOST_CONFLICTS) {
    const orders = testsOf<Step[]>(followed, isNoWorse);
    const order = (kept: typeof course.conflicts) => calmest(course, kept);
    await orders([order(course.conflicts)]);
    await reduce(course.conflicts, order, orders, CANDIDATES);
    if (best) await shorten(directiveOf(best.evidence.raw.steps), tests(isNoWorse), CANDIDATES);
  }
  if ((best?.evidence.raw.preemptions ?? 0) > 1 && !alone) {
    const other = await fromFew(subject, finding, evidence, { isCalmer, deadline, signal });
    if (other) await shorten(directiveOf(other.raw.steps), tests(isNoWorse), CANDIDATES);
  }
  return best;
}

/** Runs that are tried with few preemptions, and processes for them, at most. */
const FEW = { runs: 300, processes: 12 };

/** A run with few preemptions that shows the finding too: shortening takes away, and hardly ever finds another way. */
async function fromFew(
  subject: TestSubject,
  finding: Finding,
  { raw }: Evidence,
  options: { isCalmer: (shown: Evidence) => boolean; deadline: number; signal?: AbortSignal },
): Promise<Evidence | undefined> {
  const { isCalmer, deadline, signal } = options;
  const conditions = conditionsOf(raw);
  for (let first = 0, processes = 0; first < FEW.runs && processes < FEW.processes; processes++) {
    const milliseconds = Math.ceil(deadline - performance.now());
    if (signal?.aborted || milliseconds <= 0) return undefined;
    const request = { ...conditions, strategy: 'bounded', first, iterations: FEW.runs - first, milliseconds } as const;
    const run = await runTarget(subject, request, { signal });
    first = Math.max(first + (run.summary?.iterations ?? 1), ...run.lines.map(({ index }) => index + 1));
    try {
      for (const line of run.end === 'cancelled' ? [] : run.lines) {
        const shown = await evidenceOf(subject, run, line);
        if (shown.ok && shown.value.findings.some(({ id }) => id === finding.id) && isCalmer(shown.value)) {
          return shown.value;
        }
      }
    } finally {
      removeRun(run);
    }
  }
  return undefined;
}

/** Runs candidates in one process, which ends early when one leaves something behind. */
async function tryTogether(
  subject: TestSubject,
  finding: Finding,
  { raw }: Evidence,
  {
    request,
    isBetter,
    signal,
  }: {
    request: Asked & Pick<RunRequest, 'iterations' | 'milliseconds'>;
    isBetter: (shown: Evidence) => boolean;
    signal?: AbortSignal;
  },
): Promise<{ /** Of the last one done. */ shown?: Evidence; done: number }> {
  const run = await runTarget(subject, { ...conditionsOf(raw), ...request, traceEvery: 1 }, { signal });
  let done = run.diedIn ?? 0;
  try {
    for (const line of run.end === 'cancelled' ? [] : run.lines) {
      done = Math.max(done, line.index);
      const shown = await evidenceOf(subject, run, line);
      if (shown.ok && shown.value.findings.some(({ id }) => id === finding.id) && isBetter(shown.value)) {
        return { shown: shown.value, done: line.index + 1 };
      }
    }
  } finally {
    removeRun(run);
  }
  return { done: done + 1 };
}

/** Fresh processes tried at most. */
const FRESH_PROCESSES = 200;

/**
 * A run that shows the finding as the first of its process, by chance; nothing when none did within `shortenSeconds`.
 * The seeds follow from the one of the run that is known.
 */
export async function inFreshProcess(
  subject: TestSubject,
  finding: Finding,
  found: Evidence,
  { shortenSeconds, workers, signal }: { shortenSeconds: number; workers: number; signal?: AbortSignal },
): Promise<Evidence | undefined> {
  const deadline = performance.now() + shortenSeconds * 1000;
  let next = 0;
  // Of those that run at once the first one counts, whichever ends first.
  const shown: Evidence[] = [];
  const worker = async () => {
    while (shown.length === 0 && next < FRESH_PROCESSES && performance.now() < deadline && !signal?.aborted) {
      const first = next++;
      const run = await runTarget(
        subject,
        {
          ...conditionsOf(found.raw),
          strategy: 'random',
          first,
          iterations: 1,
          traceEvery: 1,
        },
        { signal },
      );
      const line = run.lines[0];
      const evidence = line && run.end !== 'cancelled' ? await evidenceOf(subject, run, line) : undefined;
      removeRun(run);
      if (!evidence?.ok || !evidence.value.findings.some(({ id }) => id === finding.id)) continue;
      shown[first] = evidence.value;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return shown.find((evidence) => evidence !== undefined);
}
