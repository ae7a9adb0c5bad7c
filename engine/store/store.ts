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
 *     counts.json            OutcomeCounts, each file's with the hash of its text (engine/store/counts.ts)
 *     progress/<test>.json   how far the exploration of a test has come (engine/store/progress.ts)
 */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isBetter, joined, type Sighting, updated, withSightings } from '../../core/analyse/telling/join';
import { testFunctionOf } from '../../core/analyse/telling/subtests';
import type { Finding } from '../../protocol/finding';
import type { ScheduleSize } from '../../protocol/messages';
import { phrase } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import { type Attempt, errorCode, errorText, failed, succeeded } from '../system/attempt';
import { writeAtomically, writeProblem } from '../system/files';
import { isRecord, readJson } from '../system/json';
import { removeBranches } from './branches';
import { isFinding } from './finding-check';
import { moduleHash, sourcesHash } from './hashes';
import { checkSchedule } from './schedule-check';
import { firstSeen, noteFirstSeen, seenSince } from './seen';
import { inTurn } from './turns';

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
  return isFinding(value.value) ? succeeded(value.value) : failed(phrase`${path} is not a finding; it is skipped.`);
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
  if (matching.length > 1)
    return failed(phrase`${matching.length} findings begin with "${name}"; give more of its id.`);
  if (findings.length === 0) return failed(phrase`There is no finding ${name} in ${store.directory}; there are none.`);
  const known = findings.map(({ id }) => id).join(', ');
  return failed(phrase`There is no finding ${name} in ${store.directory}; there are ${known}.`);
}

/** The stored schedule of a finding. */
export async function readSchedule(store: Store, finding: Finding): Promise<Attempt<Schedule>> {
  if (finding.schedule === undefined)
    return failed(phrase`Finding ${finding.id} has no schedule that could be replayed.`);
  const path = join(store.directory, finding.schedule);
  const value = await readJson(path, false);
  if (!value.ok) return value;
  return checkSchedule(value.value, path);
}

/** Absolute path of a finding's trace. */
export function tracePath(store: Store, finding: Finding): string | undefined {
  return finding.trace === undefined ? undefined : join(store.directory, finding.trace);
}

/**
 * Stores a finding with its evidence and gives back what is stored now, with the paths of both. The schedule is stored
 * with the hash of the sources that it and the finding name. What another test has shown of the same source is joined
 * with it; what its own test has confirmed is not replaced by less. What was found in other sources is replaced.
 */
export function writeFinding(store: Store, finding: Finding, evidence: FindingEvidence): Promise<Attempt<Finding>> {
  const { id } = finding;
  return changing(store, findingPath(store, id), async () => {
    const read = await readFindingFile(findingPath(store, id));
    const known = read.ok && (await isCurrent(store, read.value)) ? read.value : undefined;
    const isOwn = known === undefined || isOfOneTest(known, finding);
    if (known && isOwn && known.verdict === 'confirmed' && finding.verdict !== 'confirmed') return succeeded(known);
    const { schedule, trace, ...told } = finding;
    const stored: Finding = isOwn ? { ...finding } : told;
    if (evidence.schedule) stored.schedule = `schedules/${id}.json`;
    if (evidence.trace) stored.trace = `traces/${id}.trace`;
    if (known && !isOwn) {
      const before = await sightingOf(store, known);
      const now = { finding: stored, size: evidence.schedule && sizeOf(evidence.schedule) };
      const { finding: both } = joined(before, now);
      if (!isBetter(now, before)) return await writeTold(store, both);
      await forgetRuns(store, id);
      await writeEvidence(store, both, evidence);
      return await writeTold(store, both);
    }
    await writeEvidence(store, stored, evidence);
    return await writeTold(store, known ? updated(known, stored) : stored);
  });
}

/** A change of one file of the store, which this process and others wait for; what the system says against it is told. */
export async function changing<T>(store: Store, path: string, change: () => Promise<Attempt<T>>): Promise<Attempt<T>> {
  try {
    await prepare(store);
    return await inTurn(path, change);
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

const findingPath = (store: Store, id: string): string => join(store.directory, 'findings', `${id}.json`);

const isOfOneTest = (a: Finding, b: Finding): boolean =>
  a.package === b.package && testFunctionOf(a.test ?? '') === testFunctionOf(b.test ?? '');

const sizeOf = ({ preemptions, steps }: Schedule): ScheduleSize => ({ preemptions, steps: steps.length });

async function sightingOf(store: Store, finding: Finding): Promise<Sighting> {
  const schedule = await readSchedule(store, finding);
  return { finding, size: schedule.ok ? sizeOf(schedule.value) : undefined };
}

async function writeEvidence(store: Store, finding: Finding, { schedule, trace }: FindingEvidence): Promise<void> {
  if (schedule && finding.schedule !== undefined) {
    const sourceHash = await sourcesHash(store, finding, schedule);
    await writeAtomically(join(store.directory, finding.schedule), `${JSON.stringify({ ...schedule, sourceHash })}\n`);
  }
  if (trace && finding.trace !== undefined) await writeAtomically(join(store.directory, finding.trace), trace);
}

/** The finding itself, without its evidence. Throws system errors. */
async function writeTold(store: Store, finding: Finding): Promise<Attempt<Finding>> {
  await writeAtomically(findingPath(store, finding.id), `${JSON.stringify(finding, null, 2)}\n`);
  await noteFirstSeen(store, finding.id);
  return succeeded(finding);
}

/** The finding is of the sources as they are. Without a schedule: of what its test was last explored with. */
async function isCurrent(store: Store, finding: Finding): Promise<boolean> {
  const schedule = await readSchedule(store, finding);
  if (schedule.ok) return schedule.value.sourceHash === (await sourcesHash(store, finding, schedule.value));
  const explored = (await readExplorations(store))[explorationKey(finding.package, testFunctionOf(finding.test ?? ''))];
  return explored !== undefined && explored === (await moduleHash(store.module));
}

/**
 * Puts a finding of another store of the module into this one with its evidence. One that both have is joined, unless
 * only one of the two is of the sources as they are: that one stays.
 */
export function copyFinding(from: Store, to: Store, finding: Finding): Promise<Attempt<void>> {
  const { id, schedule, trace } = finding;
  return changing(to, findingPath(to, id), async () => {
    try {
      const since = await firstSeen(from, id);
      const known = await readFindingFile(findingPath(to, id));
      const { told, isTaken } = known.ok
        ? await joinedAcross({ store: from, finding }, { store: to, finding: known.value })
        : { told: finding, isTaken: true };
      for (const path of isTaken ? [schedule, trace] : []) {
        if (path === undefined) continue;
        if (path.split(/[/\\]/).includes('..'))
          return failed(phrase`${from.directory}: finding ${id} names a file outside of its store.`);
        await writeAtomically(join(to.directory, path), await readFile(join(from.directory, path)));
      }
      if (isTaken && known.ok) await forgetRuns(to, id);
      await writeTold(to, told);
      if (since) await seenSince(to, id, since);
      return succeeded(undefined);
    } catch (error) {
      return failed(phrase`Finding ${id} of ${from.directory} cannot be taken over: ${errorText(error)}`);
    }
  });
}

interface StoredFinding {
  store: Store;
  finding: Finding;
}

/** What two stores have of one finding; `isTaken`: with the evidence of the first. */
async function joinedAcross(a: StoredFinding, b: StoredFinding): Promise<{ told: Finding; isTaken: boolean }> {
  const [ofA, ofB] = [await isCurrent(a.store, a.finding), await isCurrent(b.store, b.finding)];
  if (ofA !== ofB) return { told: ofA ? a.finding : b.finding, isTaken: ofA };
  const [one, other] = [await sightingOf(a.store, a.finding), await sightingOf(b.store, b.finding)];
  return { told: joined(one, other).finding, isTaken: isBetter(one, other) };
}

/**
 * Notes which source a test has been explored with and gives back its findings as stored. When the source is another
 * than in its last exploration, findings of the test that were not met again are removed, unless `whole` is false:
 * an exploration that was cut short says nothing about what it did not find, nor any about what `mayRemove` refuses.
 * What has become a view of another finding is removed, too.
 */
export function endExploration(
  store: Store,
  packagePath: string,
  test: string,
  findings: Finding[],
  whole: boolean,
  mayRemove: (old: Finding) => boolean = () => true,
): Promise<Attempt<Finding[]>> {
  const path = explorationsPath(store);
  const key = explorationKey(packagePath, test);
  return changing(store, path, async () => {
    const source = await moduleHash(store.module);
    const explorations = await readExplorations(store);
    const { findings: stored } = await readFindings(store);
    const met = new Set(findings.map((finding) => finding.id));
    if (whole && explorations[key] !== source) {
      for (const old of stored) {
        const ofTest = old.package === packagePath && testFunctionOf(old.test ?? '') === test;
        if (ofTest && !met.has(old.id) && mayRemove(old)) await removeFinding(store, old.id);
      }
      await writeAtomically(path, `${JSON.stringify({ ...explorations, [key]: source }, null, 2)}\n`);
    }
    const told: Finding[] = [];
    for (const finding of findings) told.push(await withViews(store, finding));
    return succeeded(told);
  });
}

const explorationsPath = (store: Store): string => join(store.directory, 'explorations.json');
const explorationKey = (packagePath: string, test: string): string => `${packagePath} ${test}`;

/** The source that each test was last explored with. */
async function readExplorations(store: Store): Promise<Record<string, string>> {
  const value = await readJson(explorationsPath(store));
  const entries = value.ok && isRecord(value.value) ? Object.entries(value.value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The finding as stored; with its other views, where it has taken in what was a finding of its own. */
async function withViews(store: Store, finding: Finding): Promise<Finding> {
  for (const { id } of finding.alsoSeen ?? [])
    if (id !== undefined && id !== finding.id) await removeFinding(store, id);
  const path = findingPath(store, finding.id);
  return inTurn(path, async () => {
    const read = await readFindingFile(path);
    const known = read.ok ? read.value : finding;
    const told = withSightings(known, [finding]);
    if (told !== known) await writeAtomically(path, `${JSON.stringify(told, null, 2)}\n`);
    return told;
  });
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

/** Forgets the trace of the newest replay, which was of another schedule. */
export async function forgetReplay(store: Store, id: string): Promise<void> {
  await rm(join(store.directory, 'traces', `${id}.replay.trace`), { force: true });
}

/** Forgets the runs that were made of a schedule which is another now. */
async function forgetRuns(store: Store, id: string): Promise<void> {
  await forgetReplay(store, id);
  await removeBranches(store, id);
}

/** Forgets a finding and its evidence. */
export async function removeFinding(store: Store, id: string): Promise<void> {
  if (!/^[0-9a-f]+$/.test(id)) return;
  await inTurn(findingPath(store, id), async () => {
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
  });
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

/** The store that belongs to a directory: of the nearest directory upwards that has one, or has a go.mod. */
export async function storeFor(directory: string): Promise<Attempt<Store>> {
  for (let at = directory; ; at = dirname(at)) {
    const names = await readdir(at).catch((): string[] => []);
    if (names.includes(STORE_NAME) || names.includes('go.mod')) return succeeded(storeOf(at));
    if (dirname(at) === at)
      return failed(phrase`${directory} is not in a Go module: there is no go.mod here or above.`);
  }
}
