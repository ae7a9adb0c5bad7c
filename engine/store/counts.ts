/** How often what followed what, over all explorations: counts of each file, with the hash of the text they are of. */
import { join, resolve, sep } from 'node:path';
import { mergeCounts } from '../../core/model/counts';
import type { OutcomeCount } from '../../protocol/finding';
import { type Attempt, succeeded } from '../system/attempt';
import { writeAtomically } from '../system/files';
import { isRecord, readJson } from '../system/json';
import { isCount } from './finding-check';
import { fileHash } from './hashes';
import { changing, STORE_NAME, type Store, storeOf } from './store';

/** Adds counts to the stored ones. Those of a file whose text has changed since are replaced. */
export function keepCounts(store: Store, counts: OutcomeCount[]): Promise<Attempt<void>> {
  const path = join(store.directory, 'counts.json');
  return changing(store, path, async () => {
    const kept = await readCountFile(path);
    for (const [file, fresh] of byFile(counts)) {
      const hash = await fileHash(join(store.module, file));
      const known = kept.get(file);
      kept.set(file, { hash, counts: known?.hash === hash ? mergeCounts(known.counts, fresh) : fresh });
    }
    await writeAtomically(path, `${JSON.stringify({ version: 1, files: Object.fromEntries(kept) })}\n`);
    return succeeded(undefined);
  });
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
