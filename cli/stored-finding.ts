/** A stored finding as the command line names it: by its id, or by the path of its file. */
import { resolve } from 'node:path';
import { moduleOfFindingFile } from '../engine/replay/replay';
import type { StoredTestOptions } from '../engine/replay/stored-test';
import { findingSeenFrom } from '../engine/run/positions';
import { storeFor } from '../engine/store/store';
import { type Attempt, failed, succeeded } from '../engine/system/attempt';
import type { Finding } from '../protocol/finding';
import type { Context } from './context';
import { type Flags, readCount } from './flags';

/** Flags of every verb that runs the schedule of a stored finding. */
export const FINDING_FLAGS = { times: 'value', tags: 'value', out: 'value', json: 'switch' } as const;
export const FINDING_USAGE = '[--times N] [--tags LIST] [--out DIR] [--json]';

const DEFAULT_TIMES = 20;

export const readTimes = ({ text }: Flags): Attempt<number> =>
  readCount('times', text.get('times') ?? String(DEFAULT_TIMES));

export interface NamedFinding {
  options: StoredTestOptions;
  /** The finding with files relative to the working directory. */
  seen(finding: Finding): Finding;
}

export async function findingOf(
  verb: string,
  { text, positionals }: Flags,
  { directory, installation, signal }: Context,
): Promise<Attempt<NamedFinding>> {
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) return failed(`say which finding to ${verb}: lockstep ${verb} ID`);
  const isFile = name.endsWith('.json');
  const out = text.has('out') ? resolve(directory, text.get('out') ?? '') : undefined;
  const store = await storeFor(isFile && out === undefined ? moduleOfFindingFile(name, directory) : directory);
  if (!store.ok) return store;
  const { module } = store.value;
  const finding = isFile ? resolve(directory, name) : name;
  return succeeded({
    options: { installation, moduleDirectory: module, out, finding, tags: text.get('tags'), signal },
    seen: (found) => findingSeenFrom(found, module, directory),
  });
}
