/** Part of the tests of a module, for one machine of several. */

/** From 1 on, of so many. */
export interface Shard {
  index: number;
  of: number;
}

/**
 * The tests of one shard, as `package test` keys: every test is in exactly one shard, the sizes differ by one at most,
 * and nothing but the names decides. Neighbours in the order of names stay together, so that few shards build the same
 * package. The order given does not matter; no key may come twice.
 */
export function testsOfShard(keys: readonly string[], { index, of }: Shard): Set<string> {
  const sorted = [...keys].sort();
  const bound = (shard: number): number => Math.floor((shard * sorted.length) / of);
  return new Set(sorted.slice(bound(index - 1), bound(index)));
}
