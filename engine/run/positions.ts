/** Files as the build names them (absolute), as the store names them (from the module root), as people read them. */
import { isAbsolute, join, resolve, sep } from 'node:path';
import type { Finding, Uncontrolled } from '../../protocol/finding';
import type { TraceFrame } from '../../protocol/trace';
import type { RewriteDocument } from '../../protocol/tracer';
import { relativePath } from '../system/files';
import type { BuildSites } from './schedule-sites';

/** The build's sites with files relative to a module root; those of the standard library from GOROOT/src. */
export function sitesFrom(document: RewriteDocument, module: string, goroot: string): BuildSites {
  const sites = new Map<number, RewriteDocument['sites'][number]>();
  const name = storedNames(module, goroot);
  for (const site of document.sites) sites.set(site.id, { ...site, file: name(site.file) });
  return sites;
}

/** Names the files of call stacks as stored traces do. Go writes them with slashes everywhere. */
export function framePlaces(module: string, goroot: string): (file: string) => Pick<TraceFrame, 'file' | 'outside'> {
  const name = storedNames(module, goroot);
  return (written) => {
    const file = resolve(written);
    return { file: name(file), ...(file.startsWith(module + sep) ? {} : { outside: true }) };
  };
}

function storedNames(module: string, goroot: string): (file: string) => string {
  const library = join(goroot, 'src');
  return (file) => relativePath(goroot !== '' && file.startsWith(library) ? library : module, file);
}

/** The finding with its files relative to another directory. Both are absolute. */
export function findingSeenFrom(finding: Finding, from: string, to: string): Finding {
  return from === to ? finding : withFiles(finding, (file) => fileSeenFrom(file, from, to));
}

/** The finding with other names for its files. */
export function withFiles(finding: Finding, moved: (file: string) => string): Finding {
  const { sites, alsoSeen, steps, fixes } = finding;
  const place = <T extends { file: string }>(it: T): T => ({ ...it, file: moved(it.file) });
  return {
    ...finding,
    sites: sites.map(place),
    ...(alsoSeen ? { alsoSeen: alsoSeen.map((view) => ({ ...view, sites: view.sites.map(place) })) } : {}),
    ...(steps ? { steps: steps.map(place) } : {}),
    ...(fixes ? { fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map(place) })) } : {}),
  };
}

export function fileSeenFrom(file: string, from: string, to: string): string {
  return file === '' ? '' : relativePath(to, isAbsolute(file) ? file : resolve(from, file));
}

export function uncontrolledSeenFrom(uncontrolled: Uncontrolled, to: string): Uncontrolled {
  return { ...uncontrolled, file: fileSeenFrom(uncontrolled.file, to, to) };
}
