/** Numbers names as they come, without making a string of one that is known: files have millions of them. */
import { decodeUtf8 } from '../utf8';

export class Interner {
  private table = new Int32Array(64).fill(-1);
  private readonly starts: number[] = [0];
  private readonly hashes: number[] = [];
  private arena = new Uint8Array(1024);

  constructor(private readonly names: string[]) {}

  /** The number of the name that stands in bytes [from, to). */
  intern(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const mask = this.table.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const known = this.table[slot]!;
      if (known < 0) break;
      if (this.hashes[known] === hash && this.isName(known, bytes, from, to)) return known;
      slot = (slot + 1) & mask;
    }
    return this.add(bytes, from, to, hash, slot);
  }

  private isName(known: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[known]!;
    if (this.starts[known + 1]! - start !== to - from) return false;
    for (let at = from, own = start; at < to; at++, own++) if (this.arena[own] !== bytes[at]) return false;
    return true;
  }

  private add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const number = this.names.length;
    const start = this.starts[number]!;
    const end = start + to - from;
    if (end > this.arena.length) {
      const wider = new Uint8Array(Math.max(2 * this.arena.length, end));
      wider.set(this.arena);
      this.arena = wider;
    }
    const name = bytes.subarray(from, to);
    this.arena.set(name, start);
    this.starts.push(end);
    this.hashes.push(hash);
    this.names.push(decodeUtf8(name));
    this.table[slot] = number;
    if (2 * this.names.length > this.table.length) this.rehash();
    return number;
  }

  private rehash(): void {
    const wider = new Int32Array(this.table.length * 2).fill(-1);
    const mask = wider.length - 1;
    for (const [number, hash] of this.hashes.entries()) {
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (wider[slot]! >= 0) slot = (slot + 1) & mask;
      wider[slot] = number;
    }
    this.table = wider;
  }
}
