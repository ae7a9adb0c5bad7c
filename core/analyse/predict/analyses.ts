/** The analyses of `lockstep analyze`, by name. */
import type { Finding } from '../../../protocol/finding';
import { channels } from './channels';
import { lockDependencies, soundLockDependencies } from './deadlocks';
import { leaks } from './leaks';
import type { Prediction, Subject } from './prediction';
import { hb, hbSets, lockset, pwr, shb, syncPreserving } from './races';

export interface NamedAnalysis {
  name: string;
  predict(subject: Subject): Prediction[];
  /** What only traces of Go programs show, told already. */
  find?(subject: Subject): Finding[];
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
  { name: 'channels', predict: channels },
  { name: 'leaks', predict: () => [], find: leaks },
];
