/**
 * Stores that other processes write to. The editor tells of changed files, but on Linux its watcher misses whatever comes
 * into folders that were made all at once, as those of a store are, until the window is loaded again.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { storeOf } from '../engine/store/store';

/** Milliseconds: explorations write many files, one after the other. */
const TOGETHER = 100;

export class StoreWatch {
  /** Folder → its watcher. */
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(private readonly changed: (module: string) => void) {}

  /** From now on, of a module that has a store. Of its first store the editor tells. */
  watch(module: string): void {
    if (process.platform !== 'linux') return;
    for (const folder of foldersOf(module)) if (!this.watchers.has(folder)) this.begin(module, folder);
  }

  end(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    for (const folder of [...this.watchers.keys()]) this.forget(folder);
  }

  private begin(module: string, folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.note(module));
      watcher.on('error', () => this.forget(folder));
      this.watchers.set(folder, watcher);
    } catch {
      // It is not there yet, or the system watches no more folders: what the editor tells has to do.
    }
  }

  private note(module: string): void {
    if (this.waiting.has(module)) return;
    const timer = setTimeout(() => {
      this.waiting.delete(module);
      // A folder of this name may be another one by now.
      for (const folder of foldersOf(module)) this.forget(folder);
      this.watch(module);
      this.changed(module);
    }, TOGETHER);
    this.waiting.set(module, timer.unref());
  }

  private forget(folder: string): void {
    this.watchers.get(folder)?.close();
    this.watchers.delete(folder);
  }
}

function foldersOf(module: string): string[] {
  const { directory } = storeOf(module);
  return [directory, join(directory, 'findings')];
}
