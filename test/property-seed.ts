/** Random cases of properties: the same each time, so that a change is what makes a test fail; new ones where many are asked for. */
import fc from 'fast-check';

const { LOCKSTEP_PROPERTY_SEED, LOCKSTEP_PROPERTY_RUNS } = process.env;
const seed = LOCKSTEP_PROPERTY_SEED ?? (LOCKSTEP_PROPERTY_RUNS === undefined ? '20040669' : undefined);
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
