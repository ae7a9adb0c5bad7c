/** What every correct reordering of an execution keeps: looked up once. */
import {
  CLOSE,
  changes,
  FORK,
  isAccess,
  LEAVE_NOTE,
  observes,
  RECEIVE_CLOSED,
  TAKE_NOTES,
} from '../../trace/execution/actions';
import { ABSENT, type Execution, eventsByThread } from '../../trace/execution/execution';
import { type CriticalSection, criticalSections } from '../relations/held-locks';

export interface Facts {
  execution: Execution;
  /** The events of each thread, in order. */
  threads: readonly Int32Array[];
  /** Which event of its thread each is, from 0. */
  position: Int32Array;
  /** The write whose value each access that observes has got, the note or message it rests on; ABSENT for none. */
  from: Int32Array;
  /** Thread → its fork; ABSENT for one that was there. */
  forkOf: Int32Array;
  sections: readonly CriticalSection[];
  /** Acquire and release → index in sections. */
  sectionOf: Int32Array;
}

export function factsOf(execution: Execution): Facts {
  const { count, action, target, names } = execution;
  const threads = eventsByThread(execution);
  const position = new Int32Array(count);
  for (const events of threads) for (const [at, event] of events.entries()) position[event] = at;
  const from = new Int32Array(count).fill(ABSENT);
  const forkOf = new Int32Array(names.threads.length).fill(ABSENT);
  const latest = { write: [] as number[], note: [] as number[], close: [] as number[] };
  for (let event = 0; event < count; event++) {
    const code = action[event]!;
    const of = target[event]!;
    if (isAccess(code)) {
      if (observes(code)) from[event] = latest.write[of] ?? ABSENT;
      if (changes(code)) latest.write[of] = event;
    } else if (code === FORK) forkOf[of] = event;
    else if (code === LEAVE_NOTE) latest.note[of] = event;
    else if (code === TAKE_NOTES) from[event] = latest.note[of] ?? ABSENT;
    else if (code === CLOSE) latest.close[of] = event;
    else if (code === RECEIVE_CLOSED) from[event] = latest.close[of] ?? ABSENT;
  }
  const sections = criticalSections(execution);
  const sectionOf = new Int32Array(count).fill(ABSENT);
  for (const [at, { acquire, release }] of sections.entries()) {
    sectionOf[acquire] = at;
    if (release !== ABSENT) sectionOf[release] = at;
  }
  return { execution, threads, position, from, forkOf, sections, sectionOf };
}
