/**
 * The kernels of a GoBench checkout (Yuan et al., GoBench, CGO 2021): where they are, what GoBench says of each, and
 * a copy that builds by itself. GoBench's own go.mod asks for the modules of the whole applications too, which would
 * have to be downloaded; the kernels need only the standard library.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { GokerKernel, GokerSet } from '../../protocol/benchmark';
import { type Attempt, errorCode, errorText, failed, succeeded } from '../system/attempt';
import { makeWorkDirectory, relativePath, removeDirectory } from '../system/files';
import { isRecord } from '../system/json';

export type Kernel = Pick<GokerKernel, 'id' | 'set' | 'type' | 'subtype'> & {
  /** From the folder with the kernels, with forward slashes. */
  folder: string;
};

export interface Checkout {
  /** The folder with `blocking` and `nonblocking`. Absolute. */
  root: string;
  /** By id. */
  kernels: Kernel[];
  /** The Go version in GoBench's go.mod, which decides what loop variables are. */
  go: string;
}

const ABSENT = ['ENOENT', 'ENOTDIR'];
const SETS: readonly GokerSet[] = ['blocking', 'nonblocking'];
/** Where the kernels may be in what the user names. */
const PLACES = ['.', 'goker', 'gobench/goker'];
/** In GoBench's go.mod; for checkouts of the kernels alone. */
const GOBENCH_GO = '1.13';
/** The module of the copy. */
const MODULE = 'goker';

/** Reads the checkout. Fails, in one sentence, when there is none at `directory`. */
export async function findKernels(directory: string): Promise<Attempt<Checkout>> {
  try {
    if (!(await stat(directory)).isDirectory()) return failed(`${directory} is not a folder.`);
    for (const place of PLACES) {
      const root = resolve(directory, place);
      const folders = (await Promise.all(SETS.map((set) => foldersOf(root, set)))).flat();
      if (folders.length === 0) continue;
      const types = await configuredTypes(root);
      const kernels = await Promise.all(folders.map((folder) => kernelIn(root, folder, types)));
      return succeeded({ root, kernels, go: await goVersionAbove(root) });
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return failed(`${directory} does not exist.`);
    return failed(`${directory} cannot be read: ${errorText(error)}.`);
  }
  return failed(
    `${directory} is no checkout of GoBench: it has no gobench/goker with blocking and nonblocking kernels.`,
  );
}

/**
 * A module of its own with these kernels, under `parent`. Its name tells its content, so that the same kernels are
 * found, and what was built of them, the next time. Gives its absolute path; throws system errors.
 */
export async function copyKernels(checkout: Checkout, kernels: readonly Kernel[], parent: string): Promise<string> {
  const { root, go } = checkout;
  const files = new Map([['go.mod', Buffer.from(`module ${MODULE}\n\ngo ${go}\n`)]]);
  for (const { folder } of kernels) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      files.set(relativePath(root, file), await readFile(file));
    }
  }
  const hash = createHash('sha256');
  for (const [file, text] of files) hash.update(`${file}\0${text.length}\0`).update(text);
  const copy = join(parent, hash.digest('hex').slice(0, 24));
  if (await isDirectory(copy)) return copy;
  const written = await makeWorkDirectory(parent);
  for (const [file, text] of files) {
    await mkdir(dirname(join(written, file)), { recursive: true });
    await writeFile(join(written, file), text);
  }
  try {
    await rename(written, copy);
  } catch (error) {
    await removeDirectory(written);
    // Somebody else may have made the same one at the same time.
    if (!(await isDirectory(copy))) throw error;
  }
  return copy;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (ABSENT.includes(errorCode(error))) return false;
    throw error;
  }
}

/** The package of the kernel in the copy. */
export const importPathOf = (kernel: Kernel): string => `${MODULE}/${kernel.folder}`;

interface KernelFolder {
  set: GokerSet;
  project: string;
  number: string;
}

/** `<set>/<project>/<number>` with Go tests, sorted. */
async function foldersOf(root: string, set: GokerSet): Promise<KernelFolder[]> {
  const found: KernelFolder[] = [];
  for (const project of await namesIn(join(root, set))) {
    for (const number of await namesIn(join(root, set, project))) {
      const files = await namesIn(join(root, set, project, number));
      if (files.some((file) => file.endsWith('_test.go'))) found.push({ set, project, number });
    }
  }
  return found;
}

/** Sorted; none when it is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (ABSENT.includes(errorCode(error))) return [];
    throw error;
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (ABSENT.includes(errorCode(error))) return undefined;
    throw error;
  }
}

type Types = Record<string, { type: string; subtype: string }>;

async function kernelIn(root: string, { set, project, number }: KernelFolder, types: Types): Promise<Kernel> {
  const id = `${project}_${number}`;
  const folder = `${set}/${project}/${number}`;
  const told = types[id] ?? typeInTable((await textOf(join(root, folder, 'README.md'))) ?? '');
  return { id, set, folder, type: told?.type ?? '', subtype: told?.subtype ?? '' };
}

/** GoBench's lists of types, which a checkout of the kernels alone lacks. */
async function configuredTypes(root: string): Promise<Types> {
  const types: Types = {};
  for (const set of SETS) {
    const text = await textOf(join(dirname(root), 'configures', 'goker', `${set}.json`));
    const list: unknown = text === undefined ? {} : JSON.parse(text);
    if (!isRecord(list)) continue;
    for (const [id, entry] of Object.entries(list)) {
      if (isRecord(entry) && typeof entry.type === 'string' && typeof entry.subtype === 'string') {
        types[id] = { type: entry.type, subtype: entry.subtype };
      }
    }
  }
  return types;
}

/** The last columns of the table in a kernel's README: `… | Blocking | Resource Deadlock | AB-BA deadlock |`. */
function typeInTable(readme: string): Types[string] | undefined {
  const row = /^\|.*\|\s*(?:Non)?Blocking\s*\|([^|]+)\|([^|]+)\|\s*$/imu.exec(readme);
  return row?.[1] && row[2] ? { type: row[1].trim(), subtype: row[2].trim() } : undefined;
}

/** The version in the go.mod of the checkout: at most two folders above the kernels. */
async function goVersionAbove(root: string): Promise<string> {
  for (const above of ['.', '..', '../..']) {
    const version = /^go\s+(\S+)/mu.exec((await textOf(join(root, above, 'go.mod'))) ?? '')?.[1];
    if (version !== undefined) return version;
  }
  return GOBENCH_GO;
}
