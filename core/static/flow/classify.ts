/** Which calls are operations on locks, groups and conditions of sync. */
import { nameOf, type Type } from '../source/types';
import type { OpKind } from './operations';

interface Meaning {
  kind: OpKind;
  shared?: boolean;
  tried?: boolean;
}

const LOCKS: Readonly<Record<string, Meaning>> = {
  Lock: { kind: 'lock' },
  RLock: { kind: 'lock', shared: true },
  TryLock: { kind: 'lock', tried: true },
  TryRLock: { kind: 'lock', shared: true, tried: true },
  Unlock: { kind: 'unlock' },
  RUnlock: { kind: 'unlock', shared: true },
};

const BY_TYPE: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  'sync.Mutex': LOCKS,
  'sync.RWMutex': LOCKS,
  'sync.Locker': LOCKS,
  'sync.WaitGroup': {
    Add: { kind: 'wg-add' },
    Done: { kind: 'wg-done' },
    Wait: { kind: 'wg-wait' },
    Go: { kind: 'go' },
  },
  'golang.org/x/sync/errgroup.Group': { Wait: { kind: 'wg-wait' }, Go: { kind: 'go' }, TryGo: { kind: 'go' } },
  'sync.Cond': {
    Wait: { kind: 'cond-wait' },
    Signal: { kind: 'cond-signal' },
    Broadcast: { kind: 'cond-broadcast' },
  },
  'sync.Once': { Do: { kind: 'once' } },
};

export function meaningOf(type: Type | undefined, method: string): Meaning | undefined {
  return BY_TYPE[nameOf(type) ?? '']?.[method];
}

/** A type that has no meaning above may embed one that has. */
export const EMBEDDABLE = ['Mutex', 'RWMutex', 'WaitGroup', 'Once', 'Locker'] as const;

/** Names under which people keep mutexes. Asked only where the type is declared in another package. */
const LIKELY = /^(?:mu|mux|mtx|mutex|lock|rwmu|rwlock|rwmutex)\d*$|(?:Mu|Mux|Mtx|Mutex|Lock)\d*$/u;

export function likelyLock(name: string, method: string): Meaning | undefined {
  return LIKELY.test(name) ? LOCKS[method] : undefined;
}
