/**
 * What the settings of a repository say about its findings: `lockstep.intended` in `.vscode/settings.json`, or in the file of
 * a workspace with several folders. The editor writes it, and it holds for everybody who works on the repository.
 */
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { intendedIn } from '../core/report/intended';
import type { Finding } from '../protocol/finding';
import { readSettings, SECTION, SETTING_KEYS } from '../protocol/settings';
import { storeFor } from './store/store';
import { errorCode, errorText } from './system/attempt';
import { relativePath } from './system/files';
import { isRecord } from './system/json';
import { repositoryRoot } from './system/repository';

type Reasons = Readonly<Record<string, string>>;

/** The findings, each with why it is intended where somebody has said so; one sentence for each file with a fault. */
export async function withIntended(
  findings: readonly Finding[],
  /** Files of findings are relative to this. Absolute. */
  directory: string,
): Promise<{ findings: Finding[]; problems: string[] }> {
  const problems: string[] = [];
  const known = new Map<string, Promise<Reasons>>();
  const reasonsOf = (folder: string): Promise<Reasons> => {
    const read = known.get(folder) ?? settingsIn(folder, problems);
    known.set(folder, read);
    return read;
  };
  const top = await topOf(directory);
  const judged: Finding[] = [];
  for (const { intended: _, ...finding } of findings) {
    const [site] = finding.sites;
    const folders = site === undefined ? [] : upwards(dirname(resolve(directory, site.file)), top);
    // What is nearer to the finding counts.
    const nearestLast = [...upwards(directory, top).reverse(), ...folders.reverse()];
    const reasons: Reasons = Object.assign({}, ...(await Promise.all(nearestLast.map(reasonsOf))));
    const intended = intendedIn(finding, reasons);
    judged.push(intended === undefined ? finding : { ...finding, intended: intended.reason });
  }
  return { findings: judged, problems: [...new Set(problems)] };
}

/** The folder above which nobody looks for settings: the repository's, where there is one, or the module's. */
async function topOf(directory: string): Promise<string> {
  const repository = await repositoryRoot(directory);
  const versioned = await access(join(repository, '.git')).then(
    () => true,
    () => false,
  );
  if (versioned) return repository;
  const store = await storeFor(directory);
  return store.ok ? store.value.module : directory;
}

/** The folder and those above it, up to `top`; none when it lies elsewhere. */
function upwards(folder: string, top: string): string[] {
  const inside = relativePath(top, folder);
  if (inside === '..' || inside.startsWith('../') || resolve(top, inside) !== folder) return [];
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    folders.push(at);
    if (at === top) return folders;
  }
}

async function settingsIn(folder: string, problems: string[]): Promise<Reasons> {
  const names = await readdir(folder).catch((): string[] => []);
  let reasons: Reasons = {};
  for (const name of names.filter((one) => one.endsWith('.code-workspace')).sort()) {
    const workspace = await readCommented(join(folder, name), problems);
    if (isRecord(workspace)) reasons = { ...reasons, ...reasonsIn(workspace.settings) };
  }
  if (!names.includes('.vscode')) return reasons;
  return { ...reasons, ...reasonsIn(await readCommented(join(folder, '.vscode', 'settings.json'), problems)) };
}

const reasonsIn = (settings: unknown): Reasons =>
  isRecord(settings)
    ? readSettings((key) => (key === SETTING_KEYS.intended ? settings[`${SECTION}.${key}`] : undefined)).intended
    : {};

/** JSON with comments, as editors write it. What stands in front of a fault counts, and the fault is told. */
async function readCommented(file: string, problems: string[]): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') problems.push(`${file} cannot be read: ${errorText(error)}`);
    return undefined;
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first) {
    const line = text.slice(0, first.offset).split('\n').length;
    problems.push(`${file} is not valid in line ${line}: findings that it names as intended may be missing.`);
  }
  return value;
}
