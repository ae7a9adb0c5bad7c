/** The analyses of `lockstep analyze`, by name. */
import type { Finding } from '../../../protocol/finding';
import type { OrderOptions } from '../relations/synchronisation';
import { channels } from './channels';
import { lockDependencies, lockDependencyStream, soundLockDependencies } from './deadlocks';
import { leaks } from './leaks';
import { leftAlone } from './left-alone';
import type { Prediction, Stream, Subject } from './prediction';
import { hbSets, hbStream, inMemory, lockSetStream, lockset, pwr, pwrStream, shbStream, syncPreserving } from './races';
import { standstill } from './standstill';

export interface NamedAnalysis {
  name: string;
  predict(subject: Subject): Prediction[];
  /** What only traces of Go programs show, told already. */
  find?(subject: Subject): Finding[];
  /** The same in one pass over executions that are not kept in memory, without witnesses; at most so many are kept. */
  stream?(options: OrderOptions, most: number): Stream;
}

export const ANALYSES: readonly NamedAnalysis[] = [
  { name: 'hb', predict: inMemory(hbStream), stream: hbStream },
  { name: 'hb-sets', predict: hbSets },
  { name: 'shb', predict: inMemory(shbStream), stream: shbStream },
  { name: 'lockset', predict: lockset, stream: lockSetStream },
  { name: 'pwr', predict: pwr, stream: pwrStream },
  { name: 'sync-preserving', predict: syncPreserving },
  { name: 'lock-dependencies', predict: lockDependencies, stream: lockDependencyStream },
  { name: 'lock-dependencies-sound', predict: soundLockDependencies },
  { name: 'channels', predict: channels },
  { name: 'leaks', predict: (subject) => [...standstill(subject), ...leftAlone(subject)], find: leaks },
];
