/** Seeds: one of the user's, or of chance, from which each worker gets its own. */
import { randomBytes } from 'node:crypto';

const MASK = (1n << 64n) - 1n;

/** A seed for an exploration that was given none. Decimal u64. */
export function freshSeed(): string {
  return randomBytes(8).readBigUInt64LE().toString();
}

/** The seed of worker n, counted from 0; the first works with the seed itself. SplitMix64 (Steele et al., 2014). */
export function workerSeed(seed: string, worker: number): string {
  const base = BigInt(seed);
  if (worker === 0) return base.toString();
  let z = (base + BigInt(worker) * 0x9e3779b97f4a7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return ((z ^ (z >> 31n)) & MASK).toString();
}
