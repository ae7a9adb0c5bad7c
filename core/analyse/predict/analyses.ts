/** The analyses of `lockstep analyze`, by name. */
import { lockDependencies, soundLockDependencies } from './deadlocks';
import type { Prediction, Subject } from './prediction';
import { hb, hbSets, lockset, pwr, shb, syncPreserving } from './races';

export interface NamedAnalysis {
  name: string;
  predict(subject: Subject): Prediction[];
}

export const ANALYSES: readonly NamedAnalysis[] = [
  { name: 'hb', predict: hb },
  { name: 'hb-sets', predict: hbSets },
  { name: 'shb', predict: shb },
  { name: 'lockset', predict: lockset },
  { name: 'pwr', predict: pwr },
  { name: 'sync-preserving', predict: syncPreserving },
  { name: 'lock-dependencies', predict: lockDependencies },
  { name: 'lock-dependencies-sound', predict: soundLockDependencies },
];
