/**
 * `.lockstep/` at a module's root: what was found, with schedules and traces, and how often what followed what.
 * It ignores itself in version control. Every file is written whole or not at all; a file that cannot be read is
 * skipped with a warning and left as it is.
 *
 *     .gitignore             *
 *     findings/<id>.json     Finding; files relative to the module root
 *     schedules/<id>.json    Schedule
 *     traces/<id>.trace      trace of that schedule
 *     explorations.json      which source each test was last explored with
 *     counts.json            OutcomeCounts, each file's with the hash of its text
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FINDING_KINDS, type Finding } from '../protocol/finding';
import { SCHEDULE_VERSION, type Schedule } from '../protocol/schedule';
import { type Attempt, errorCode, errorText, failed, succeeded } from './attempt';
import { relativePath, writeAtomically, writeProblem } from './files';

export const STORE_NAME = '.lockstep';

export interface Store {
  /** Root of the module. Absolute. */
  module: string;
  /** `<module>/.lockstep`. It is made by the first write. */
  directory: string;
}

export interface FindingEvidence {
  schedule?: Schedule;
  /** Bytes of a trace file, with its sites. */
  trace?: Uint8Array;
}

/** Names the store of a module; touches nothing. */
export function storeOf(module: string): Store {
  return { module, directory: join(module, STORE_NAME) };
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

/** The stored schedule of a finding. */
export async function readSchedule(store: Store, finding: Finding): Promise<Attempt<Schedule>> {
  if (finding.schedule === undefined) return failed(`Finding ${finding.id} has no schedule that could be replayed.`);
  const path = join(store.directory, finding.schedule);
  const value = await readJson(path);
  if (!value.ok) return value;
  if (!isSchedule(value.value)) return failed(`${path} is not a schedule.`);
  if (value.value.version !== SCHEDULE_VERSION) {
    return failed(`${path} has version ${value.value.version}; this Lockstep reads version ${SCHEDULE_VERSION}.`);
  }
  return succeeded(value.value);
}

/** Absolute path of a finding's trace. */
export function tracePath(store: Store, finding: Finding): string | undefined {
  return finding.trace === undefined ? undefined : join(store.directory, finding.trace);
}

/**
 * Stores a finding with its evidence and gives it back with the paths of both. A stored confirmed finding is not
 * replaced by a weaker one of the same id.
 */
export async function writeFinding(
  store: Store,
  finding: Finding,
  evidence: FindingEvidence,
): Promise<Attempt<Finding>> {
  const stored: Finding = { ...finding };
  try {
    await prepare(store);
    if (evidence.schedule) {
      stored.schedule = `schedules/${finding.id}.json`;
      await writeAtomically(join(store.directory, stored.schedule), `${JSON.stringify(evidence.schedule)}\n`);
    }
    if (evidence.trace) {
      stored.trace = `traces/${finding.id}.trace`;
      await writeAtomically(join(store.directory, stored.trace), evidence.trace);
    }
    await writeAtomically(
      join(store.directory, 'findings', `${finding.id}.json`),
      `${JSON.stringify(stored, null, 2)}\n`,
    );
    return succeeded(stored);
  } catch (error) {
    return failed(writeProblem(store.directory, error));
  }
}

/** Forgets a finding and its evidence. */
export async function removeFinding(store: Store, id: string): Promise<void> {
  if (!/^[0-9a-f]+$/.test(id)) return;
  for (const path of [`findings/${id}.json`, `schedules/${id}.json`, `traces/${id}.trace`]) {
    await rm(join(store.directory, path), { force: true });
  }
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

/** SHA-256 over the Go files of a module: tells whether anything was edited since. Vendored code is left out. */
export async function moduleHash(module: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(module, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && (entry.name.endsWith('.go') || /^go\.(mod|sum|work)$/.test(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/(^|\/)(vendor|node_modules|\.[^/]+)\//.test(relativePath(module, file)))
    .sort();
  for (const file of files) hash.update(`${relativePath(module, file)}\n`).update(await readFile(file));
  return hash.digest('hex');
}

export async function readJson(path: string): Promise<Attempt<unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return succeeded(value);
  } catch (error) {
    return failed(`${path} cannot be read (${errorText(error)}); it is skipped.`);
  }
}

function isFinding(value: unknown): value is Finding {
  if (!isRecord(value)) return false;
  const { id, kind, verdict, message, explanation, sites, analysis } = value;
  return (
    typeof id === 'string' &&
    /^[0-9a-f]{12}$/.test(id) &&
    FINDING_KINDS.some((known) => known === kind) &&
    (verdict === 'confirmed' || verdict === 'predicted' || verdict === 'suspected') &&
    typeof message === 'string' &&
    typeof value.package === 'string' &&
    Array.isArray(explanation) &&
    isRecord(analysis) &&
    Array.isArray(sites) &&
    sites.length > 0 &&
    sites.every((site) => isRecord(site) && typeof site.file === 'string' && typeof site.line === 'number')
  );
}

function isSchedule(value: unknown): value is Schedule {
  return (
    isRecord(value) &&
    typeof value.version === 'number' &&
    typeof value.test === 'string' &&
    typeof value.package === 'string' &&
    Array.isArray(value.sites) &&
    Array.isArray(value.steps) &&
    value.steps.every((step) => isRecord(step) && typeof step.g === 'string' && typeof step.op === 'string')
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
