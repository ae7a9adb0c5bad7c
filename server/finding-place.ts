/** Where a finding belongs: folders of one module may be folders of the workspace, each with settings of its own. */
import { join } from 'node:path';
import { packagePaths } from '../engine/system/go-files';
import type { Finding } from '../protocol/finding';
import { fileOf } from './modules';

/** The folder of the package whose test found it; undefined when that is not in the module. */
export async function packageFolder(root: string, { package: path }: Finding): Promise<string | undefined> {
  const module = await packagePaths().packageOf(join(root, 'any.go'));
  const inside = path.replace(/_test$/u, '');
  if (inside !== module && !inside.startsWith(`${module}/`)) return undefined;
  return join(root, inside.slice(module.length));
}

/** The file that a finding is shown in, or its module. */
export function placeOf(root: string, { sites: [site] }: Finding): string {
  return (site && fileOf(root, site.file)) ?? root;
}
