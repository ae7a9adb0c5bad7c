/** What has been released to a synchronisation object and not yet been learned by all who release after it. */
import type { Knowledge, Learning } from './learning';

export class Released {
  /** By goroutine, the newest last. Mixed only when somebody asks: a thousand Done are joined once, in Wait. */
  private readonly told = new Map<number, Knowledge>();
  private mixed: Knowledge | undefined;
  /** Somebody who knows all of `mixed`, at the epoch from which on it does. */
  private reader: Knowledge | undefined;

  constructor(private readonly learning: Learning) {}

  add(told: Knowledge): void {
    if (this.reader && this.learning.contains(told, this.reader)) this.mixed = this.reader = undefined;
    if (this.told.size === 1) {
      for (const only of this.told.values()) if (this.learning.contains(told, only)) this.told.clear();
    } else this.told.delete(told.goroutine);
    this.told.set(told.goroutine, told);
  }

  /** All of it, undefined when nothing was released. */
  all(): Knowledge | undefined {
    if (this.told.size === 0) return this.mixed;
    if (this.told.size === 1 && !this.mixed) for (const only of this.told.values()) return only;
    const newestFirst = [...this.told.values()].reverse();
    this.mixed = this.learning.mixture(this.mixed ? [...newestFirst, this.mixed] : newestFirst);
    this.reader = undefined;
    this.told.clear();
    return this.mixed;
  }

  passTo(own: Knowledge): void {
    const all = this.all();
    if (!all || (all === this.mixed && this.reader && this.learning.contains(own, this.reader))) return;
    this.learning.learn(own, all);
    if (all === this.mixed) this.reader ??= { ...own };
  }
}
