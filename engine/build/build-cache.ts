/**
 * Instrumented builds that are kept: `<cache>/builds/<key>.json` says what an entry was made from, the directory it
 * names has the overlay and the binaries. While none of that changed, a build is a look at the files' times.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildInputs, RewriteDocument } from '../../protocol/tracer';
import { isAlive, removeDirectory, writeAtomically } from '../system/files';

const VERSION = 1;
/** Begin of the names of files that say which processes use an entry. */
const USED_BY = 'used-by-';
/** Entries that are not in use go when nobody used them for so long, or when there are more than so many. */
const KEPT_MILLISECONDS = 14 * 24 * 3600 * 1000;
const KEPT_ENTRIES = 24;
/** A file that changed so shortly before may have changed again without a new time; some file systems count seconds. */
const UNSURE_NANOSECONDS = 50_000_000n;
const UNSURE_WHOLE_SECONDS = 2_000_000_000n;

const SOURCE = /\.(go|c|cc|cpp|cxx|m|h|hh|hpp|hxx|s|sx|f|for|f90|syso|swig|swigcxx)$/i;

/** Folders that the go command never looks into. */
const IGNORED = /^[._]|^testdata$|^node_modules$/;

/** A finished build without problems. */
export interface CachedBuild {
  /** Absolute directory of overlay and binaries. */
  directory: string;
  document: RewriteDocument;
  /** Import path → file name in `directory`, of the packages compiled until now. */
  binaries: Record<string, string>;
}

interface Manifest {
  version: typeof VERSION;
  /** Name of the entry's directory. */
  entry: string;
  fingerprint: string;
  document: RewriteDocument;
  binaries: Record<string, string>;
}

/** One key for all that decides about a build besides the user's files. */
export function buildKey(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}

/** A new directory for an entry, in use. Throws system errors. */
export async function newEntry(cache: string, key: string): Promise<string> {
  const directory = join(cache, 'builds', `${key}-${randomBytes(4).toString('hex')}`);
  await mkdir(directory, { recursive: true });
  await use(directory);
  return directory;
}

/** Marks the directory as used by this process, once more. Throws system errors. */
async function use(directory: string): Promise<void> {
  await writeFile(join(directory, `${USED_BY}${process.pid}-${randomBytes(4).toString('hex')}`), '');
}

/** Takes back one use of the directory by this process. */
export async function endUse(directory: string): Promise<void> {
  const mark = (await namesIn(directory))?.find((name) => name.startsWith(`${USED_BY}${process.pid}-`));
  if (mark !== undefined) await rm(join(directory, mark), { force: true }).catch(() => {});
}

async function inUse(directory: string): Promise<boolean> {
  const marks = (await namesIn(directory)) ?? [];
  return marks.some((name) => name.startsWith(USED_BY) && isAlive(Number.parseInt(name.slice(USED_BY.length), 10)));
}

/** The build kept under the key, now in use, if nothing that it was made from has changed since. */
export async function findBuild(cache: string, key: string): Promise<CachedBuild | undefined> {
  const name = manifestName(cache, key);
  const manifest = await readManifest(name);
  if (!manifest) return undefined;
  const directory = join(cache, 'builds', manifest.entry);
  const now = await fingerprintOf(manifest.document.inputs);
  if (now?.text !== manifest.fingerprint || !(await isReadable(manifest.document.overlay))) return undefined;
  const binaries: Record<string, string> = {};
  for (const [importPath, file] of Object.entries(manifest.binaries)) {
    if (await isReadable(join(directory, file))) binaries[importPath] = file;
  }
  try {
    const now = new Date();
    await utimes(name, now, now);
    await use(directory);
  } catch {
    return undefined; // another process has just removed it
  }
  return { directory, document: manifest.document, binaries };
}

/**
 * Keeps a build. False when the files it was made from cannot be told apart from later ones: one has changed since
 * `begun` (nanoseconds since 1970), or just before. Throws system errors.
 */
export async function keepBuild(cache: string, key: string, build: CachedBuild, begun: bigint): Promise<boolean> {
  const fingerprint = await fingerprintOf(build.document.inputs);
  if (!fingerprint) return false;
  const unsure = fingerprint.newest % 1_000_000_000n === 0n ? UNSURE_WHOLE_SECONDS : UNSURE_NANOSECONDS;
  if (fingerprint.newest + unsure > begun) return false;
  const manifest: Manifest = {
    version: VERSION,
    entry: build.directory.slice(join(cache, 'builds').length + 1),
    fingerprint: fingerprint.text,
    document: build.document,
    binaries: build.binaries,
  };
  await writeAtomically(manifestName(cache, key), JSON.stringify(manifest));
  await removeOld(join(cache, 'builds'));
  return true;
}

function manifestName(cache: string, key: string): string {
  return join(cache, 'builds', `${key}.json`);
}

async function readManifest(name: string): Promise<Manifest | undefined> {
  try {
    const manifest: Manifest = JSON.parse(await readFile(name, 'utf8'));
    const known = manifest.version === VERSION && manifest.document.inputs.sources.length > 0;
    return known && /^[\w-]+$/.test(manifest.entry) ? manifest : undefined;
  } catch {
    return undefined; // none, or not ours: it is made anew
  }
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Names, sizes and times of all inputs, and the newest of the times; undefined when a folder of sources is gone. */
async function fingerprintOf({ sources, files }: BuildInputs): Promise<{ text: string; newest: bigint } | undefined> {
  const hash = createHash('sha256');
  let newest = 0n;
  const add = (name: string, found: BigIntStats | undefined) => {
    if (found && found.mtimeNs > newest) newest = found.mtimeNs;
    hash.update(`${name}\0${found?.size ?? ''}\0${found?.mtimeNs ?? ''}\0${found?.ino ?? ''}\n`);
  };
  for (const directory of sources) {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined);
    if (!entries) return undefined;
    // A new folder may be a new package.
    const folders = entries.filter((entry) => entry.isDirectory() && !IGNORED.test(entry.name));
    hash.update(`${directory}\n${folders.map(({ name }) => name).sort()}\n`);
    const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    const counting = files.filter((name) => SOURCE.test(name) || name === 'go.mod').sort();
    const found = await Promise.all(counting.map((name) => statOf(join(directory, name))));
    for (const [index, name] of counting.entries()) add(name, found[index]);
  }
  for (const file of files) {
    const found = await statOf(file);
    if (found?.isDirectory()) hash.update(`${file}\n${(await namesIn(file))?.sort().join('\n')}\n`);
    else add(file, found);
  }
  return { text: hash.digest('hex'), newest };
}

async function namesIn(directory: string): Promise<string[] | undefined> {
  return readdir(directory).catch(() => undefined);
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** Entries that nobody has used for long, and directories that no manifest names any more. */
async function removeOld(builds: string): Promise<void> {
  const manifests: { name: string; entry: string; age: number }[] = [];
  const directories: string[] = [];
  for (const name of await readdir(builds)) {
    const manifest = name.endsWith('.json') ? await readManifest(join(builds, name)) : undefined;
    const used = Number((await statOf(join(builds, name)))?.mtimeMs ?? 0n);
    if (manifest) manifests.push({ name, entry: manifest.entry, age: Date.now() - used });
    else if (/^[0-9a-f]+-[0-9a-f]+$/.test(name)) directories.push(name);
  }
  manifests.sort((a, b) => a.age - b.age);
  const kept = new Set(
    manifests.filter(({ age }, index) => index < KEPT_ENTRIES && age < KEPT_MILLISECONDS).map(({ entry }) => entry),
  );
  for (const { name, entry } of manifests) if (!kept.has(entry)) await rm(join(builds, name), { force: true });
  for (const name of directories) {
    if (!kept.has(name) && !(await inUse(join(builds, name)))) await removeDirectory(join(builds, name));
  }
}
