/** The static checks. */
import type { Check } from './check';
import { abandonedChannel } from './checks/abandoned-channel';
import { atomic } from './checks/atomic';
import { atomicCheckThenAct } from './checks/atomic-check-then-act';
import { blockingUnderLock } from './checks/blocking-under-lock';
import { busyLoop } from './checks/busy-loop';
import { capturedVariable } from './checks/captured-variable';
import { checkThenClose } from './checks/check-then-close';
import { closeByReceiver } from './checks/close-by-receiver';
import { closeWhileSending } from './checks/close-while-sending';
import { condWaitOutsideLoop } from './checks/cond-wait-outside-loop';
import { contextIgnored } from './checks/context-ignored';
import { contextStored } from './checks/context-stored';
import { copylocks } from './checks/copylocks';
import { deferInLoop } from './checks/defer-in-loop';
import { deferredLock } from './checks/deferred-lock';
import { doubleChecked } from './checks/double-checked-init';
import { doubleLock } from './checks/double-lock';
import { droppedChannel } from './checks/dropped-channel';
import { errgroupContext } from './checks/errgroup-context';
import { errgroupErrorDropped } from './checks/errgroup-error-dropped';
import { errgroupLimit } from './checks/errgroup-limit';
import { errgroupNestedGo } from './checks/errgroup-nested-go';
import { errgroupReuse } from './checks/errgroup-reuse';
import { errgroupWithoutWait } from './checks/errgroup-without-wait';
import { ineffectiveBreak } from './checks/ineffective-break';
import { lockHeldAtReturn } from './checks/lock-held-at-return';
import { lockOrder } from './checks/lock-order';
import { loopclosure } from './checks/loopclosure';
import { lostcancel } from './checks/lostcancel';
import { missingDone } from './checks/missing-done';
import { missingDoneCase } from './checks/missing-done-case';
import { mixedAtomic } from './checks/mixed-atomic';
import { nilChannels } from './checks/nil-channels';
import { onceReentry } from './checks/once-reentry';
import { rangeLeftEarly } from './checks/range-left-early';
import { sigchanyzer } from './checks/sigchanyzer';
import { signalForMany } from './checks/signal-for-many';
import { stoppedPartner } from './checks/stopped-partner';
import { testinggoroutine } from './checks/testinggoroutine';
import { tickerNotStopped } from './checks/ticker-not-stopped';
import { uncalledCancel } from './checks/uncalled-cancel';
import { unguardedField } from './checks/unguarded-field';
import { unlockNotLocked } from './checks/unlock-not-locked';
import { unorderedAccess } from './checks/unordered-access';
import { unservedChannel } from './checks/unserved-channel';
import { unsharedChannel } from './checks/unshared-channel';
import { unsignalledWait } from './checks/unsignalled-wait';
import { closedChannel } from './checks/use-of-closed-channel';
import { waitForItself } from './checks/wait-for-itself';
import { waitInLoop } from './checks/wait-in-loop';
import { waitgroup } from './checks/waitgroup';
import { writeUnderRLock } from './checks/write-under-rlock';
import type { GoDocument } from './document';
import type { StaticFinding } from './finding';
import { runChecks } from './run-checks';
import { readSource } from './source/declarations';
import { Package } from './source/package';

export const CHECKS: readonly Check[] = [
  // locks
  doubleLock,
  lockHeldAtReturn,
  lockOrder,
  blockingUnderLock,
  unlockNotLocked,
  deferredLock,
  deferInLoop,
  copylocks,
  // channels
  abandonedChannel,
  unservedChannel,
  unsharedChannel,
  droppedChannel,
  rangeLeftEarly,
  stoppedPartner,
  missingDoneCase,
  closedChannel,
  checkThenClose,
  closeWhileSending,
  closeByReceiver,
  sigchanyzer,
  nilChannels,
  ineffectiveBreak,
  busyLoop,
  // groups, conditions, contexts
  waitgroup,
  missingDone,
  waitInLoop,
  waitForItself,
  errgroupWithoutWait,
  errgroupReuse,
  errgroupContext,
  errgroupLimit,
  errgroupNestedGo,
  errgroupErrorDropped,
  onceReentry,
  condWaitOutsideLoop,
  signalForMany,
  unsignalledWait,
  lostcancel,
  uncalledCancel,
  contextStored,
  contextIgnored,
  tickerNotStopped,
  testinggoroutine,
  // shared memory
  capturedVariable,
  loopclosure,
  unorderedAccess,
  unguardedField,
  writeUnderRLock,
  atomic,
  mixedAtomic,
  atomicCheckThenAct,
  doubleChecked,
];

export interface CheckResult {
  /** In the order of the source. */
  findings: StaticFinding[];
  problems: string[];
}

/** One file by itself, as if it were its whole package. Runs the checks named in `only`, or all, as for this Go version. Never throws. */
export function checkDocument(
  { text, tree }: GoDocument,
  path = '',
  { only, goVersion }: { only?: readonly string[]; goVersion?: string } = {},
): CheckResult {
  const file = { path, source: readSource(text, tree) };
  const checks = only ? CHECKS.filter(({ name }) => only.includes(name)) : CHECKS;
  const { findings, problems } = runChecks(new Package([file], goVersion), checks);
  return { findings: findings.get(file) ?? [], problems };
}
