/** Accesses to shared memory that were seen racing: they are scheduling points of the batches to come. */
import type { Course } from './course';

/**
 * What follows from a race gets its chance, with the racing accesses as scheduling points, before the race counts as a
 * known finding: so many runs, or that share of the budget.
 */
const CHANCE = { runs: 50_000, share: 1 / 2, seconds: 15 };

export class Points {
  /** Wall seconds of the batches that have ended, not counting what comes between. */
  running = 0;
  private readonly sites = new Set<number>();
  /** When one was added last. */
  private added = { schedules: 0, running: 0 };

  constructor(private readonly course: Course) {}

  get count(): number {
    return this.sites.size;
  }

  /** Ids of sites, lowest first. */
  get all(): number[] {
    return [...this.sites].sort((a, b) => a - b);
  }

  add(sites: readonly number[]): void {
    const before = this.sites.size;
    for (const site of sites) this.sites.add(site);
    if (this.sites.size > before) this.added = { schedules: this.course.schedules, running: this.running };
  }

  /** What may follow from the known races would have shown. */
  hadChance(): boolean {
    const { runs, share, seconds } = CHANCE;
    const { allotted, allottedSchedules } = this.course;
    const ran = this.course.schedules - this.added.schedules;
    if (this.course.counted) return ran >= Math.min(runs, share * allottedSchedules);
    return ran >= runs || this.running - this.added.running >= Math.min(seconds, share * allotted);
  }
}
