/** Changes of one file of a store wait for each other: those of this process, and those of others that explore the module. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { errorCode } from '../system/attempt';
import { isAlive } from '../system/files';

/** Between two looks at the lock of another process. */
const POLL_MILLISECONDS = 5;
/** Who lives marks its lock anew so often; one that is so old was left by a process elsewhere that is no more. */
const BEAT_MILLISECONDS = 5_000;
const ABANDONED_MILLISECONDS = 30_000;
/** Changes take milliseconds: who has waited so long does without the lock. */
const PATIENCE_MILLISECONDS = 60_000;

const turns = new Map<string, Promise<unknown>>();

/**
 * Runs a change of the file at `path` when no other is under way. Its folder is there. What may not be written there needs
 * no lock: the change will say so itself.
 */
export async function inTurn<T>(path: string, change: () => Promise<T>): Promise<T> {
  const turn = (turns.get(path) ?? Promise.resolve()).then(() => locked(`${path}.lock`, change));
  const settled = turn.catch(() => undefined);
  turns.set(path, settled);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === settled) turns.delete(path);
  }
}

async function locked<T>(lock: string, change: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${randomBytes(6).toString('hex')} ${hostname()}`;
  if (!(await taken(lock, mine))) return change();
  const beat = setInterval(() => utimes(lock, new Date(), new Date()).catch(() => {}), BEAT_MILLISECONDS);
  try {
    return await change();
  } finally {
    clearInterval(beat);
    if ((await textOf(lock)) === mine) await rm(lock, { force: true });
  }
}

/** Waits until the lock is ours; false where none can be made. */
async function taken(lock: string, mine: string): Promise<boolean> {
  for (const until = Date.now() + PATIENCE_MILLISECONDS; Date.now() < until; ) {
    try {
      await writeFile(lock, mine, { flag: 'wx' });
      return true;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') {
        await rm(lock, { force: true }).catch(() => {}); // half of it, on a disk that is full
        return false;
      }
    }
    const text = await textOf(lock);
    if (await isAbandoned(lock, text)) await takeAway(lock, text);
    else await setTimeout(POLL_MILLISECONDS);
  }
  return false;
}

/** What cannot be read is told by its age alone. */
async function isAbandoned(lock: string, text = ''): Promise<boolean> {
  const [, pid, host] = /^(\d+) [0-9a-f]+ (.*)$/s.exec(text) ?? [];
  if (host === hostname() && !isAlive(Number(pid))) return true;
  const since = await stat(lock).catch(() => undefined);
  return since !== undefined && Date.now() - since.mtimeMs > ABANDONED_MILLISECONDS;
}

/** Removes a lock that was left behind. If somebody else did so first and it is theirs by now, they get it back. */
async function takeAway(lock: string, text: string | undefined): Promise<void> {
  const aside = `${lock}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await rename(lock, aside);
  } catch {
    return; // it has gone
  }
  const was = await textOf(aside);
  if (was !== undefined && was !== text) await writeFile(lock, was, { flag: 'wx' }).catch(() => {});
  await rm(aside, { force: true, recursive: true });
}

const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);
