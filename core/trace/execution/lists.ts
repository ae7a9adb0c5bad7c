/** The list at an index of a table, made when there is none yet. */
export function listAt<T>(table: T[][], index: number): T[] {
  const known = table[index];
  if (known) return known;
  const fresh: T[] = [];
  table[index] = fresh;
  return fresh;
}

/** The list of a key, made when there is none yet. */
export function listOf<K, T>(table: Map<K, T[]>, key: K): T[] {
  const known = table.get(key);
  if (known) return known;
  const fresh: T[] = [];
  table.set(key, fresh);
  return fresh;
}
