/** Which pairs of events each relation orders, besides those of one thread and what is forked, joined, sent and told. */
export interface Rules {
  /** What happened to be: who gave a lock away before whom, who made room in a channel, which atomic came first. */
  observed: boolean;
  /** Of what happened to be, only who made room in a channel. */
  rooms?: boolean;
  /** A read after the write whose value it has. */
  readsFrom: boolean;
  /**
   * Two critical sections of one lock: if something in the first comes before something in the second, so does the
   * first's release (PWR's ROD rule).
   */
  releases: boolean;
}

/** Lamport's happens-before, as in FastTrack. */
export const HB = { observed: true, readsFrom: false, releases: false } as const satisfies Rules;
/** Schedulable happens-before: Mathur, Kini & Viswanathan, "What Happens-After the First Race?", OOPSLA 2018. */
export const SHB: Rules = { observed: true, readsFrom: true, releases: false };
/** Sulzmann & Stadtmüller, "Efficient, Near Complete and Often Sound Hybrid Dynamic Data Race Prediction", 2020. */
export const PWR: Rules = { observed: false, readsFrom: true, releases: true };
/** Thread order and reads-from: what every correct reordering keeps whatever locks do. */
export const TRF: Rules = { observed: false, readsFrom: true, releases: false };
/** What an execution that keeps the order of its critical sections keeps besides them. */
export const KEPT: Rules = { observed: false, rooms: true, readsFrom: true, releases: false };
