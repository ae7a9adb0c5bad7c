// Texts of package.json stand in package.nls.json, where VS Code looks for those of its language; %keys% name them.

/** Keys that `value`, a manifest or a part of one, names. */
export function keysIn(value) {
  if (typeof value === 'string') return /^%(.+)%$/.exec(value)?.slice(1) ?? [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(keysIn) : [];
}

/** The same with texts in the place of keys; a key without a text stays. */
export function withWords(value, words) {
  if (typeof value === 'string') return words[/^%(.+)%$/.exec(value)?.[1]] ?? value;
  if (Array.isArray(value)) return value.map((one) => withWords(one, words));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withWords(one, words)]));
}
