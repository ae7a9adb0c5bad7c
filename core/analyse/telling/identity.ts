/** The id of a finding: the same bug gets the same id in every run, on every machine. */

export interface IdentitySite {
  /** Relative, with forward slashes. */
  file: string;
  line: number;
  function: string;
  operation: string;
}

/**
 * A race is of a variable between two functions: in which of their lines it was seen depends on the interleaving. A
 * place whose variable has no name is told apart by its line.
 */
export function accessIdentity(
  { file, line, function: name }: Omit<IdentitySite, 'operation'>,
  variable: string,
): IdentitySite {
  return variable === ''
    ? { file, line, function: name, operation: 'access' }
    : { file, line: 0, function: name, operation: `access ${variable}` };
}

const PRIME = 0x100000001b3n;
const BASIS = 0xcbf29ce484222325n;
const MASK = 0xffffffffffffffffn;

/** FNV-1a, 64 bits, over UTF-16 code units (low byte, then high byte). */
export function fnv1a64(text: string): bigint {
  let hash = BASIS;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = ((hash ^ BigInt(unit & 0xff)) * PRIME) & MASK;
    hash = ((hash ^ BigInt(unit >> 8)) * PRIME) & MASK;
  }
  return hash;
}

/**
 * 12 hex digits over kind and sites. The order of the sites and repeated ones do not matter: three workers stuck at
 * one line are the bug that two are.
 */
export function findingId(kind: string, sites: readonly IdentitySite[]): string {
  const words = sites.map((site) => JSON.stringify([site.file, site.line, site.function, site.operation]));
  const hash = fnv1a64([kind, ...new Set(words.sort())].join('\n'));
  // Folded to 48 bits as the FNV authors advise, rather than cut off.
  return ((hash >> 48n) ^ (hash & 0xffffffffffffn)).toString(16).padStart(12, '0');
}
