/** For each thread the times at which it was inside of something: a bit for each of its events. */
const BITS = 32;

export class TimesInside {
  private readonly threads: Int32Array[] = [];

  /** From `began` up to, but without, `ended`. */
  add(thread: number, began: number, ended: number): void {
    while (this.threads.length <= thread) this.threads.push(new Int32Array(8));
    let bits = this.threads[thread]!;
    if (ended > bits.length * BITS) {
      const wider = new Int32Array(Math.max(2 * bits.length, Math.ceil(ended / BITS)));
      wider.set(bits);
      this.threads[thread] = wider;
      bits = wider;
    }
    for (let time = began; time < ended; ) {
      const left = Math.min(BITS - (time % BITS), ended - time);
      // A shift by 32 is one by 0.
      bits[Math.floor(time / BITS)]! |= (left === BITS ? -1 : (1 << left) - 1) << (time % BITS);
      time += left;
    }
  }

  has(thread: number, time: number): boolean {
    return ((this.threads[thread]?.[time >>> 5] ?? 0) & (1 << (time & 31))) !== 0;
  }
}
