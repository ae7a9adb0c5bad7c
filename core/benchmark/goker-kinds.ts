/**
 * Whether a finding is what GoBench says the bug of a kernel is. GoBench names causes ("AB-BA deadlock"), findings
 * name what happens ("deadlock") and the operations it happens at, so both are asked: the kind has to be one that
 * such a cause has, and the operations have to be on what the cause is about.
 */
import type { Finding, FindingKind } from '../../protocol/finding';
import type { Operation } from '../../protocol/trace';

interface Description {
  kinds: readonly FindingKind[];
  /** Among the operations of the finding's sites is one of each list. */
  about?: readonly (readonly Operation[])[];
}

/** Goroutines wait for ever: with the test or in a cycle a deadlock, left behind by it a leak. */
const STUCK: readonly FindingKind[] = ['deadlock', 'goroutine-leak'];
const LOCKS: readonly Operation[] = ['lock', 'rlock'];
const CHANNELS: readonly Operation[] = ['send', 'receive', 'select'];

/** By GoBench's type and subtype, in lower case. A type stands for all its subtypes that are not named. */
const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'resource deadlock': { kinds: STUCK, about: [LOCKS] },
  'communication deadlock/channel': { kinds: STUCK, about: [CHANNELS] },
  'communication deadlock/channel & context': { kinds: STUCK, about: [CHANNELS] },
  'communication deadlock/condition variable': { kinds: STUCK, about: [['cond-wait']] },
  'communication deadlock/channel & condition variable': { kinds: STUCK, about: [[...CHANNELS, 'cond-wait']] },
  'mixed deadlock/channel & lock': { kinds: STUCK, about: [CHANNELS, LOCKS] },
  'mixed deadlock/channel & waitgroup': { kinds: STUCK, about: [CHANNELS, ['wg-wait']] },
  'mixed deadlock/misuse waitgroup': { kinds: STUCK, about: [['wg-wait']] },
  // Go itself reports a race on a map as a fatal error.
  'traditional/data race': { kinds: ['data-race', 'concurrent-map-access'] },
  // Too early or too late: seen as two accesses in no order, or as what comes of it.
  'traditional/order violation': { kinds: ['data-race', 'panic', 'test-failure'] },
  // A variable that a function literal shares with the goroutine that changes it.
  'go-specific/anonymous function': { kinds: ['data-race'] },
  // Go's panics about channels; where the variable that holds the channel is what goes wrong, a race or nil.
  'go-specific/misuse channel': {
    kinds: ['send-on-closed-channel', 'close-of-closed-channel', 'close-of-nil-channel', 'data-race', 'panic'],
  },
  'go-specific/waitgroup': { kinds: ['waitgroup-misuse', 'negative-waitgroup'] },
  // A testing.T that is used when its test is over, which panics or races with the end of the test.
  'go-specific/testing library': { kinds: ['panic', 'data-race'] },
};

export function describesBug(finding: Finding, type: string, subtype: string): boolean {
  const [general, special] = [type.toLowerCase(), `${type}/${subtype}`.toLowerCase()];
  const description = DESCRIPTIONS[special] ?? DESCRIPTIONS[general];
  if (!description?.kinds.includes(finding.kind)) return false;
  const has = (operation: Operation) => finding.sites.some((site) => site.operation === operation);
  return description.about?.every((operations) => operations.some(has)) ?? true;
}
