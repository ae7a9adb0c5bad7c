// Executions as servers have them: threads work on variables of their own, and on shared ones under the lock that
// belongs to them; some variables are written before the others start and only read then; a few accesses are not locked.
import { ACQUIRE, FORK, READ, RELEASE, WRITE } from '../../core/trace/execution/actions.ts';
import { ExecutionBuilder } from '../../core/trace/execution/execution.ts';

const OWN = 30;
const GUARDED = 4;
const CONSTANTS = 50;

/** xorshift: the same execution for the same seed. */
function dice(seed) {
  let state = seed >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
}

export function workload(
  events,
  threads,
  { locks = Math.max(10, threads), seed = 1, nested = 10, races = 100_000 } = {},
) {
  const roll = dice(seed);
  const builder = new ExecutionBuilder();
  const { names } = builder;
  for (let thread = 0; thread < threads; thread++) names.threads.push(`T${thread}`);
  for (let lock = 0; lock < locks; lock++) names.locks.push(`L${lock}`);
  for (let variable = 0; variable < CONSTANTS + locks * GUARDED + threads * OWN; variable++)
    names.variables.push(`V${variable}`);
  for (let place = 0; place < 200; place++) names.places.push(`${place}`);
  const emit = (action, thread, target) => builder.event(action, thread, target, 0, roll(200), builder.count);
  for (let variable = 0; variable < CONSTANTS; variable++) emit(WRITE, 0, variable);
  for (let thread = 1; thread < threads; thread++) emit(FORK, 0, thread);
  const owner = new Int32Array(locks).fill(-1);
  const held = Array.from({ length: threads }, () => []);
  const access = (thread) => {
    const lock = held[thread].at(-1);
    const kind = roll(100);
    let variable = CONSTANTS + locks * GUARDED + thread * OWN + roll(OWN);
    if (lock !== undefined && kind < 60) variable = CONSTANTS + lock * GUARDED + roll(GUARDED);
    else if (kind < 65) return emit(READ, thread, roll(CONSTANTS));
    else if (roll(races) === 0) variable = CONSTANTS + roll(locks) * GUARDED;
    emit(roll(3) === 0 ? WRITE : READ, thread, variable);
  };
  while (builder.count < events) {
    const thread = roll(threads);
    for (let steps = 1 + roll(12); steps > 0 && builder.count < events; steps--) {
      const mine = held[thread];
      const what = roll(100);
      if (what < 12 && (mine.length === 0 || (mine.length < 3 && roll(nested) === 0))) {
        // Always upwards: no deadlocks.
        const lowest = mine.length === 0 ? 0 : mine.at(-1) + 1;
        const lock = roll(4) === 0 ? roll(locks) : (thread * 7 + roll(5)) % locks;
        if (lock < lowest || owner[lock] >= 0) continue;
        owner[lock] = thread;
        mine.push(lock);
        emit(ACQUIRE, thread, lock);
      } else if (what < 32 && mine.length > 0) {
        const lock = mine.pop();
        owner[lock] = -1;
        emit(RELEASE, thread, lock);
      } else access(thread);
    }
  }
  return builder.build();
}
