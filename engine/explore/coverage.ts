/** What the runs of all workers have shown, and how long they have shown nothing new. */
import type { CoverageCounts, SummaryLine } from '../../protocol/run';
import type { Course } from './course';

/**
 * Nothing new for as many schedules as these, and for so many times as many as it took to show all that is known. By
 * default everything that is counted must have dried up; where the user asks to go on until then, pairs and states do:
 * of orderings most tests have more than can be tried.
 */
const DRY = { schedules: 10_000, times: 20 };
const DRY_ASKED = { schedules: 2_000, times: 2 };

type Kind = keyof CoverageCounts;
const KINDS: readonly Kind[] = ['pairs', 'states', 'classes'];

export class Coverage {
  /** What each worker has shown; they do not tell what of it is the same. */
  private readonly workers = new Map<number, CoverageCounts>();
  /** Schedules run when each kind showed something new last. */
  private readonly last: Record<Kind, number> = { pairs: 0, states: 0, classes: 0 };

  constructor(private readonly course: Course) {}

  /** A process of a worker has ended; its schedules are among those of the course. */
  note(worker: number, summary: SummaryLine | undefined): void {
    const { coverage } = summary ?? {};
    if (!coverage) return;
    const { pairs, states, classes } = coverage;
    const before = this.workers.get(worker);
    for (const kind of KINDS) if (coverage[kind] > (before?.[kind] ?? 0)) this.last[kind] = this.course.schedules;
    this.workers.set(worker, { pairs, states, classes });
  }

  /** Of the worker that has seen most: all together have seen at least that. Nothing when no worker has told. */
  get counts(): CoverageCounts | undefined {
    if (this.workers.size === 0) return undefined;
    const most = (kind: Kind): number => Math.max(...[...this.workers.values()].map((counts) => counts[kind]));
    return { pairs: most('pairs'), states: most('states'), classes: most('classes') };
  }

  /** More schedules would hardly show anything new. */
  get dry(): boolean {
    if (this.workers.size === 0) return false;
    const asked = this.course.options.untilDry === true;
    const { schedules, times } = asked ? DRY_ASKED : DRY;
    const kinds = asked ? KINDS.filter((kind) => kind !== 'classes') : KINDS;
    const last = Math.max(...kinds.map((kind) => this.last[kind]));
    return this.course.schedules - last >= Math.max(schedules, times * last);
  }
}
