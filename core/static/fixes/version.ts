/** What the module's go directive allows. */
import type { Package } from '../source/package';

/** False where the version is not known: a fix must compile. */
export function hasGo({ goVersion }: Package, major: number, minor: number): boolean {
  const [, x, y] = /^(\d+)\.(\d+)/u.exec(goVersion ?? '') ?? [];
  return Number(x) > major || (Number(x) === major && Number(y) >= minor);
}
