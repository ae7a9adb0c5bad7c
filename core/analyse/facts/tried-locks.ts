/**
 * Where locks are given up that somebody may find taken: only TryLock tells a lock that is held from a free one, so only
 * for these a switch just before the unlock shows anything new.
 */
import { eventsOf, siteAt, type Trace } from '../../trace/trace';

/** Ids of the unlocks, as numbered by the build, of the locks that TryLock or TryRLock was called on. */
export function triedReleases(trace: Trace): number[] {
  const tried = new Set<number>();
  const releases = new Map<number, Set<number>>();
  for (const { operation, object, phase, argument, site } of eventsOf(trace)) {
    switch (operation) {
      case 'lock':
      case 'rlock':
        if (phase === 'refused' || argument === BY_TRY) tried.add(object);
        break;
      case 'unlock':
      case 'runlock': {
        const place = siteAt(trace, site);
        if (place && !place.internal) releases.set(object, (releases.get(object) ?? new Set()).add(place.id));
      }
    }
  }
  return [...new Set([...tried].flatMap((object) => [...(releases.get(object) ?? [])]))];
}

const BY_TRY = 1;
