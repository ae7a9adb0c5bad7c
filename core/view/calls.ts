/** Call stacks of a trace, as they are shown: where each function was called, innermost first. */
import { shortFunction } from '../trace/names';
import { framesOf, type Trace } from '../trace/trace';
import type { Place } from './moment';

export interface CallPlace extends Place {
  /** In another module or the standard library: there is nothing to open. */
  outside: boolean;
}

/** Empty where the run was not asked for stacks, or nothing of the user's was called. Traces know no columns of calls. */
export const callsAt = (trace: Trace, event: number): CallPlace[] =>
  framesOf(trace, event).map(({ function: name, file, line, outside }) => ({
    file,
    line,
    column: 1,
    function: shortFunction(name),
    outside: outside === true,
  }));
