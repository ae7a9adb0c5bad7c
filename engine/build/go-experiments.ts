/** What a version of Go has only when it was asked for. */

/** The goroutine leak profile: from 1.27 on unless switched off, in 1.26 when switched on. */
export function hasLeakProfile(goVersion: string, { GOEXPERIMENT }: NodeJS.ProcessEnv): boolean {
  const [, major = 0, minor = 0] = (/^go(\d+)\.(\d+)/.exec(goVersion) ?? []).map(Number);
  if (GOEXPERIMENT?.split(',').includes('nogoroutineleakprofile')) return false;
  if (major > 1 || minor >= 27) return true;
  return minor === 26 && (GOEXPERIMENT?.split(',').includes('goroutineleakprofile') ?? false);
}
