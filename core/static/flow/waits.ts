/** Which operations put what comes before them in order with other goroutines. */
import type { Analysed } from '../analysed';
import { targetsOf } from './dispatch';
import type { FlowFunction, Op } from './operations';

/** It waits for somebody: what the other did before is done. A select with a default goes on at once. */
export function isWait({ kind, select, info, range }: Op): boolean {
  switch (kind) {
    case 'receive':
      return !select && !range;
    case 'select':
      return !info?.hasDefault;
    case 'wg-wait':
    case 'cond-wait':
      return true;
    default:
      return false;
  }
}

/** It tells somebody: what the other does after having heard of it comes later. */
export const isSignal = ({ kind, select }: Op): boolean =>
  kind === 'send' || kind === 'close' || kind === 'wg-done' || kind === 'cond-signal' || kind === 'cond-broadcast'
    ? !select?.hasDefault
    : false;

/** A call of code that is not seen, whose name says that it waits: `synctest.Wait()`, `srv.Shutdown(ctx)`. */
export const waitsElsewhere = ({ kind, call }: Op): boolean =>
  kind === 'call' &&
  call !== undefined &&
  !call.target &&
  !call.literal &&
  /wait|join|shutdown|drain/iu.test(call.method);

/** Whether a call of the function may wait for another goroutine, itself or in what it calls. */
export function mayWait(all: Analysed, fn: FlowFunction): boolean {
  return all.once(mayWait, fn, false, () =>
    fn.ops.some((op) => {
      const at = op.kind === 'defer' && op.inner ? op.inner : op;
      if (isWait(at) || waitsElsewhere(at) || (at.kind === 'receive' && at.range === true)) return true;
      return at.kind === 'call' && targetsOf(all, at).some((target) => mayWait(all, target));
    }),
  );
}
