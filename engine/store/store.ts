/**
 * `.lockstep/` at a module's root: what was found, with schedules and traces, and how often what followed what.
 * It ignores itself in version control. Every file is written whole or not at all; a file that cannot be read is
 * skipped with a warning and left as it is.
 *
 *     .gitignore             *
 *     findings/<id>.json     Finding; files relative to the module root
 *     schedules/<id>.json    Schedule
 *     traces/<id>.trace      trace of that schedule
 *     branches/<id>-<n>.*    other runs of its test that its trace page has asked for (engine/store/branches.ts)
 *     explorations.json      which source each test was last explored with
 *     counts.json            OutcomeCounts, each file's with the hash of its text
 *     progress/<test>.json   how far the exploration of a test has come (engine/store/progress.ts)
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { testFunctionOf } from '../../core/analyse/telling/subtests';
import { mergeCounts } from '../../core/model/counts';
import type { Finding, OutcomeCount } from '../../protocol/finding';
import type { Schedule } from '../../protocol/schedule';
import { type Attempt, errorCode, errorText, failed, succeeded } from '../system/attempt';
import { relativePath, writeAtomically, writeProblem } from '../system/files';
import { goFiles } from '../system/go-files';
import { isRecord, readJson } from '../system/json';
import { removeBranches } from './branches';
import { isCount, isFinding } from './finding-check';
import { checkSchedule } from './schedule-check';

export const STORE_NAME = '.lockstep';

export interface Store {
  /** Root of the module. Absolute. */
  module: string;
  /** `<module>/.lockstep`, unless another place was asked for. It is made by the first write. Absolute. */
  directory: string;
}

export interface FindingEvidence {
  schedule?: Schedule;
  /** Bytes of a trace file, with its sites. */
  trace?: Uint8Array;
}

/** Names the store of a module, at `directory` when it shall be elsewhere; touches nothing. */
export function storeOf(module: string, directory = join(module, STORE_NAME)): Store {
  return { module, directory };
}

/** Every finding that can be read, ordered by id, and one warning for each file that cannot. */
export async function readFindings(store: Store): Promise<{ findings: Finding[]; warnings: string[] }> {
  const findings: Finding[] = [];
  const warnings: string[] = [];
  const directory = join(store.directory, 'findings');
  let names: string[] = [];
  try {
    names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') warnings.push(`${directory} cannot be read: ${errorText(error)}`);
  }
  for (const name of names) {
    const finding = await readFindingFile(join(directory, name));
    if (finding.ok) findings.push(finding.value);
    else warnings.push(finding.problem);
  }
  return { findings, warnings };
}

/** Reads one finding file and checks that it is one. */
export async function readFindingFile(path: string): Promise<Attempt<Finding>> {
  const value = await readJson(path);
  if (!value.ok) return value;
  return isFinding(value.value) ? succeeded(value.value) : failed(`${path} is not a finding; it is skipped.`);
}

/** A finding by its id or one that it had before, by the beginning of an id that only one has, or by the path of its file. */
export async function findStored(store: Store, name: string): Promise<Attempt<Finding>> {
  if (name.endsWith('.json')) return readFindingFile(name);
  const { findings } = await readFindings(store);
  const matching = findings.filter((finding) => finding.id.startsWith(name));
  const [only] = matching;
  if (only && name !== '' && (matching.length === 1 || only.id === name)) return succeeded(only);
  const merged = findings.find(({ alsoSeen }) => alsoSeen?.some(({ id }) => id === name));
  if (merged) return succeeded(merged);
  if (matching.length > 1) return failed(`${matching.length} findings begin with "${name}"; give more of its id.`);
  const known = findings.length === 0 ? 'there are none' : `there are ${findings.map(({ id }) => id).join(', ')}`;
  return failed(`There is no finding ${name} in ${store.directory}; ${known}.`);
}

/** The stored schedule of a finding. */
export async function readSchedule(store: Store, finding: Finding): Promise<Attempt<Schedule>> {
  if (finding.schedule === undefined) return failed(`Finding ${finding.id} has no schedule that could be replayed.`);
  const path = join(store.directory, finding.schedule);
  const value = await readJson(path, '');
  if (!value.ok) return value;
  return checkSchedule(value.value, path);
}

/** Absolute path of a finding's trace. */
export function tracePath(store: Store, finding: Finding): string | undefined {
  return finding.trace === undefined ? undefined : join(store.directory, finding.trace);
}

/**
 * Stores a finding with its evidence and gives it back with the paths of both. The schedule is stored with the hash of
 * the sources that it and the finding name. What is stored as confirmed is not replaced by less: it is given back.
 */
export async function writeFinding(
  store: Store,
  finding: Finding,
  evidence: FindingEvidence,
): Promise<Attempt<Finding>> {
  const known = await readFindingFile(join(store.directory, 'findings', `${finding.id}.json`));
  if (known.ok && known.value.verdict === 'confirmed' && finding.verdict !== 'confirmed') return known;
  const stored: Finding = { ...finding };
  try {
    await prepare(store);
    if (evidence.schedule) {
      stored.schedule = `schedules/${finding.id}.json`;
      const schedule = { ...evidence.schedule, sourceHash: await sourcesHash(store, finding, evidence.schedule) };
      await writeAtomically(join(store.directory, stored.schedule), `${JSON.stringify(schedule)}\n`);
    }
    if (evidence.trace) {
      stored.trace = `traces/${finding.id}.trace`;
      await writeAtomically(join(store.directory, stored.trace), evidence.trace);
    }
    await writeAtomically(
      join(store.directory, 'findings', `${finding.id}.json`),
      `${JSON.stringify(stored, null, 2)}\n`,
    );
    await noteFirstSeen(store, finding.id);
    return succeeded(stored);
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/** Puts a finding of another store of the module into this one as it is, with its evidence. */
export async function copyFinding(from: Store, to: Store, finding: Finding): Promise<Attempt<void>> {
  const { id, schedule, trace } = finding;
  try {
    await prepare(to);
    for (const path of [schedule, trace, `findings/${id}.json`]) {
      if (path === undefined) continue;
      if (path.split(/[/\\]/).includes('..'))
        return failed(`${from.directory}: finding ${id} names a file outside of its store.`);
      await writeAtomically(join(to.directory, path), await readFile(join(from.directory, path)));
    }
    return succeeded(undefined);
  } catch (error) {
    return failed(`Finding ${id} of ${from.directory} cannot be taken over: ${errorText(error)}`);
  }
}

/**
 * Notes which source a test has been explored with and gives back its findings as stored. When the source is another
 * than in its last exploration, findings of the test that were not met again are removed, unless `whole` is false:
 * an exploration that was cut short says nothing about what it did not find, nor any about what `mayRemove` refuses.
 * What has become a view of another finding is removed, too.
 */
export async function endExploration(
  store: Store,
  packagePath: string,
  test: string,
  findings: Finding[],
  whole: boolean,
  mayRemove: (old: Finding) => boolean = () => true,
): Promise<Attempt<Finding[]>> {
  const path = join(store.directory, 'explorations.json');
  const key = `${packagePath} ${test}`;
  try {
    return await inTurn(path, async () => {
      const source = await moduleHash(store.module);
      const value = await readJson(path);
      const explorations: Record<string, string> = {};
      if (value.ok && isRecord(value.value)) {
        for (const [name, hash] of Object.entries(value.value)) if (typeof hash === 'string') explorations[name] = hash;
      }
      const { findings: stored } = await readFindings(store);
      const met = new Set(findings.map((finding) => finding.id));
      if (whole && explorations[key] !== source) {
        for (const old of stored) {
          const ofTest = old.package === packagePath && testFunctionOf(old.test ?? '') === test;
          if (ofTest && !met.has(old.id) && mayRemove(old)) await removeFinding(store, old.id);
        }
        await prepare(store);
        await writeAtomically(path, `${JSON.stringify({ ...explorations, [key]: source }, null, 2)}\n`);
      }
      const told: Finding[] = [];
      for (const finding of findings) told.push(await withViews(store, finding, stored));
      return succeeded(told);
    });
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/** The finding as stored; with its other views, where it has taken in what was a finding of its own. */
async function withViews(store: Store, finding: Finding, stored: readonly Finding[]): Promise<Finding> {
  const known = stored.find(({ id }) => id === finding.id) ?? finding;
  const { alsoSeen } = finding;
  for (const { id } of alsoSeen ?? []) if (id !== undefined && id !== finding.id) await removeFinding(store, id);
  if (JSON.stringify(alsoSeen) === JSON.stringify(known.alsoSeen)) return known;
  const told = { ...known, alsoSeen };
  await writeAtomically(join(store.directory, 'findings', `${told.id}.json`), `${JSON.stringify(told, null, 2)}\n`);
  return told;
}

/** Adds counts to the stored ones. Those of a file whose text has changed since are replaced. */
export async function keepCounts(store: Store, counts: OutcomeCount[]): Promise<Attempt<void>> {
  const path = join(store.directory, 'counts.json');
  try {
    return await inTurn(path, async () => {
      const kept = await readCountFile(path);
      for (const [file, fresh] of byFile(counts)) {
        const hash = await fileHash(join(store.module, file));
        const known = kept.get(file);
        kept.set(file, { hash, counts: known?.hash === hash ? mergeCounts(known.counts, fresh) : fresh });
      }
      await prepare(store);
      await writeAtomically(path, `${JSON.stringify({ version: 1, files: Object.fromEntries(kept) })}\n`);
      return succeeded(undefined);
    });
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/** The stored counts of files whose text is still the one they were counted in. */
export async function readCounts(store: Store): Promise<OutcomeCount[]> {
  const counts: OutcomeCount[] = [];
  for (const [file, known] of await readCountFile(join(store.directory, 'counts.json'))) {
    if (known.hash === (await fileHash(join(store.module, file)))) counts.push(...known.counts);
  }
  return counts;
}

/** Those of the store that a file lies in; none where it lies in no store. */
export async function countsBeside(file: string): Promise<OutcomeCount[]> {
  const parts = resolve(file).split(sep);
  const at = parts.lastIndexOf(STORE_NAME);
  return at > 0 ? readCounts(storeOf(parts.slice(0, at).join(sep))) : [];
}

interface FileCounts {
  hash: string;
  counts: OutcomeCount[];
}

async function readCountFile(path: string): Promise<Map<string, FileCounts>> {
  const files = new Map<string, FileCounts>();
  const value = await readJson(path);
  if (!value.ok || !isRecord(value.value) || !isRecord(value.value.files)) return files;
  for (const [file, entry] of Object.entries(value.value.files)) {
    if (!isRecord(entry) || typeof entry.hash !== 'string' || !Array.isArray(entry.counts)) continue;
    files.set(file, { hash: entry.hash, counts: entry.counts.filter(isCount) });
  }
  return files;
}

function byFile(counts: OutcomeCount[]): Map<string, OutcomeCount[]> {
  const files = new Map<string, OutcomeCount[]>();
  for (const count of counts) files.set(count.file, [...(files.get(count.file) ?? []), count]);
  return files;
}

/** SHA-256 of a file's text; empty when it cannot be read. */
async function fileHash(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch {
    return '';
  }
}

/** Writes a trace file and gives its absolute path. `path` is relative to the store. */
export async function writeTrace(store: Store, path: string, bytes: Uint8Array): Promise<Attempt<string>> {
  const absolute = join(store.directory, path);
  try {
    await prepare(store);
    await writeAtomically(absolute, bytes);
    return succeeded(absolute);
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/**
 * An empty file whose age is that of the finding: the finding itself is written anew with each exploration, and two
 * explorations that find the same are to write the same.
 */
async function noteFirstSeen(store: Store, id: string): Promise<void> {
  await mkdir(join(store.directory, 'seen'), { recursive: true });
  try {
    await writeFile(join(store.directory, 'seen', id), '', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** When a finding was stored first; undefined when that was not noted. */
export async function firstSeen(store: Store, id: string): Promise<Date | undefined> {
  return stat(join(store.directory, 'seen', id)).then(
    ({ mtime }) => mtime,
    () => undefined,
  );
}

/** Forgets the trace of the newest replay, which was of another schedule. */
export async function forgetReplay(store: Store, id: string): Promise<void> {
  await rm(join(store.directory, 'traces', `${id}.replay.trace`), { force: true });
}

/** Forgets a finding and its evidence. */
export async function removeFinding(store: Store, id: string): Promise<void> {
  if (!/^[0-9a-f]+$/.test(id)) return;
  for (const path of [
    `findings/${id}.json`,
    `schedules/${id}.json`,
    `traces/${id}.trace`,
    `traces/${id}.replay.trace`,
    `seen/${id}`,
  ]) {
    await rm(join(store.directory, path), { force: true });
  }
  await removeBranches(store, id);
}

/** Makes the directory and the file that keeps it out of version control. Throws system errors. */
export async function prepare(store: Store): Promise<void> {
  await mkdir(join(store.directory, 'findings'), { recursive: true });
  try {
    await writeFile(join(store.directory, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * SHA-256 over the texts of the files that a finding and its schedule name: tells whether a replay meets the source
 * that it was made with. A file that is gone counts as empty.
 */
export async function sourcesHash(store: Store, finding: Finding, schedule: Schedule): Promise<string> {
  const files = new Set([...finding.sites, ...schedule.sites].map((site) => site.file));
  const hash = createHash('sha256');
  for (const file of [...files].sort()) hash.update(`${file} ${await fileHash(join(store.module, file))}\n`);
  return hash.digest('hex');
}

/** SHA-256 over the Go files of a module: tells whether anything was edited since. Vendored code is left out. */
async function moduleHash(module: string): Promise<string> {
  const { files } = await goFiles(['./...'], module);
  const hash = createHash('sha256');
  for (const file of [join(module, 'go.mod'), ...files]) {
    hash.update(`${relativePath(module, file)} ${await fileHash(file)}\n`);
  }
  return hash.digest('hex');
}

const turns = new Map<string, Promise<unknown>>();

/** Lets changes of one file wait for each other: two tests of a module may be explored at once. */
async function inTurn<T>(path: string, change: () => Promise<T>): Promise<T> {
  const turn = (turns.get(path) ?? Promise.resolve()).then(change);
  const settled = turn.catch(() => undefined);
  turns.set(path, settled);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === settled) turns.delete(path);
  }
}

/** The store that belongs to a directory: of the nearest directory upwards that has one, or has a go.mod. */
export async function storeFor(directory: string): Promise<Attempt<Store>> {
  for (let at = directory; ; at = dirname(at)) {
    const names = await readdir(at).catch((): string[] => []);
    if (names.includes(STORE_NAME) || names.includes('go.mod')) return succeeded(storeOf(at));
    if (dirname(at) === at) return failed(`${directory} is not in a Go module: there is no go.mod here or above.`);
  }
}
