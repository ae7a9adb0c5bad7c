/** Which settings hold for a file: folders of one workspace may have their own. */
import { sep } from 'node:path';
import { allSettingsFrom, type FolderSettings, type GoSettings, type Settings } from '../protocol/settings';
import { pathOf } from './modules';

interface Folder extends FolderSettings {
  path: string;
}

export class SettingsByFolder {
  private window: FolderSettings = allSettingsFrom(undefined);
  /** The innermost first. */
  private folders: Folder[] = [];

  /** As the client has told. */
  take(told: unknown): void {
    const { folders, ...window } = allSettingsFrom(told);
    this.window = window;
    this.folders = folders
      .flatMap(({ uri, ...own }): Folder[] => {
        const path = pathOf(uri);
        return path === undefined ? [] : [{ path, ...own }];
      })
      .sort((one, other) => other.path.length - one.path.length);
  }

  /** Of a file or folder, by its absolute path; those of the window where it is in no folder, or for undefined. */
  at(path: string | undefined): Settings {
    return this.holdingAt(path).settings;
  }

  /** What the Go extension's settings say there. */
  goAt(path: string | undefined): GoSettings {
    return this.holdingAt(path).go;
  }

  of(uri: string): Settings {
    return this.at(pathOf(uri));
  }

  private holdingAt(path: string | undefined): FolderSettings {
    if (path === undefined) return this.window;
    // A module may be larger than the folder that is open.
    const around = this.folders.find((folder) => contains(folder.path, path));
    return around ?? this.folders.find((folder) => contains(path, folder.path)) ?? this.window;
  }
}

function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
