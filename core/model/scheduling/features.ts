/** Features in words as numbers: hashed into a table of embeddings ("the hashing trick", Weinberger et al., ICML 2009). */

/** Rows of the model's table of embeddings. Row 0 is empty: it pads. */
export const FEATURE_ROWS = 1 << 14;

/** FNV-1a, 32 bits, over UTF-16 units; the same for every run of every program. */
export function featureRow(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index++) {
    hash ^= word.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return 1 + (((hash ^ (hash >>> 15)) >>> 0) % (FEATURE_ROWS - 1));
}
