/** Finds numbers by three others, without an object for each: open addressing, linear probing. */
const FREE = -1;
const FIELDS = 4;

export class EntryIndex {
  private table = new Int32Array(FIELDS * 64).fill(FREE);
  private size = 0;

  /** The number that stands under the key; -1 when there is none. */
  get(a: number, b: number, c: number): number {
    return this.table[this.slotOf(a, b, c) + 3]!;
  }

  set(a: number, b: number, c: number, value: number): void {
    let at = this.slotOf(a, b, c);
    if (this.table[at + 3] === FREE && 2 * ++this.size * FIELDS > this.table.length) {
      this.widen();
      at = this.slotOf(a, b, c);
    }
    this.put(at, a, b, c, value);
  }

  delete(a: number, b: number, c: number): void {
    const { table } = this;
    const mask = table.length - 1;
    let hole = this.slotOf(a, b, c);
    if (table[hole + 3] === FREE) return;
    this.size--;
    // Whatever was pushed on past the hole moves up.
    for (let at = (hole + FIELDS) & mask; table[at + 3] !== FREE; at = (at + FIELDS) & mask) {
      const home = this.home(table[at]!, table[at + 1]!, table[at + 2]!);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table.copyWithin(hole, at, at + FIELDS);
      hole = at;
    }
    table[hole + 3] = FREE;
  }

  private put(at: number, a: number, b: number, c: number, value: number): void {
    const { table } = this;
    table[at] = a;
    table[at + 1] = b;
    table[at + 2] = c;
    table[at + 3] = value;
  }

  private home(a: number, b: number, c: number): number {
    let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return ((hash ^ (hash >>> 13)) * FIELDS) & (this.table.length - 1);
  }

  private slotOf(a: number, b: number, c: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let at = this.home(a, b, c);
    while (table[at + 3] !== FREE && (table[at] !== a || table[at + 1] !== b || table[at + 2] !== c)) {
      at = (at + FIELDS) & mask;
    }
    return at;
  }

  private widen(): void {
    const old = this.table;
    this.table = new Int32Array(2 * old.length).fill(FREE);
    for (let at = 0; at < old.length; at += FIELDS) {
      const [a, b, c] = [old[at]!, old[at + 1]!, old[at + 2]!];
      if (old[at + 3] !== FREE) this.put(this.slotOf(a, b, c), a, b, c, old[at + 3]!);
    }
  }
}
