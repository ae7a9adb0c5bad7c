/** Runs that somebody looking at a finding has asked for: what if another goroutine had gone first? Kept beside it. */

import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { phrase } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import { type Attempt, failed, succeeded } from '../system/attempt';
import { writeAtomically, writeProblem } from '../system/files';
import { readJson } from '../system/json';
import { checkSchedule } from './schedule-check';
import type { Store } from './store';

const FOLDER = 'branches';
/** Of one finding; the oldest goes first. */
const MOST = 20;

const pathOf = (store: Store, id: string, name: string, kind: 'trace' | 'json'): string =>
  join(store.directory, FOLDER, `${id}-${name}.${kind}`);

/** Names it by what happened, so that the same run is kept once; gives the name and the trace's absolute path. */
export async function writeBranch(
  store: Store,
  id: string,
  { trace, schedule }: { trace: Uint8Array; schedule: Schedule },
): Promise<Attempt<{ name: string; path: string }>> {
  const name = createHash('sha256').update(trace).digest('hex').slice(0, 12);
  const path = pathOf(store, id, name, 'trace');
  try {
    await writeAtomically(pathOf(store, id, name, 'json'), `${JSON.stringify(schedule)}\n`);
    await writeAtomically(path, trace);
    await prune(store, id);
    return succeeded({ name, path });
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/** The schedule of a run that writeBranch has named. */
export async function readBranch(store: Store, id: string, name: string): Promise<Attempt<Schedule>> {
  if (!/^[0-9a-f]{12}$/.test(name)) return failed(phrase`There is no such run.`);
  const path = pathOf(store, id, name, 'json');
  const value = await readJson(path, false);
  return value.ok ? checkSchedule(value.value, path) : value;
}

export async function removeBranches(store: Store, id: string): Promise<void> {
  for (const name of await namesOf(store, id)) await remove(store, id, name);
}

async function prune(store: Store, id: string): Promise<void> {
  const names = await namesOf(store, id);
  if (names.length <= MOST) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(pathOf(store, id, name, 'json'))).mtimeMs })),
  );
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(MOST)) await remove(store, id, name);
}

async function namesOf(store: Store, id: string): Promise<string[]> {
  const files = await readdir(join(store.directory, FOLDER)).catch((): string[] => []);
  return files
    .filter((file) => file.startsWith(`${id}-`) && file.endsWith('.json'))
    .map((file) => file.slice(id.length + 1, -'.json'.length));
}

async function remove(store: Store, id: string, name: string): Promise<void> {
  for (const kind of ['trace', 'json'] as const) await rm(pathOf(store, id, name, kind), { force: true });
}
