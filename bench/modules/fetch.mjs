// A writable copy of a module as the proxy has it, where its tests can run.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { output } from './run.mjs';

/** For files. */
export const nameOf = ({ module, version }) => `${module.replaceAll('/', '_')}@${version}`;

/** The module with `name` (for files) and `folder`; copied once. */
export function fetchModule(dir, entry) {
  const name = nameOf(entry);
  const folder = path.join(path.resolve(dir), 'source', name);
  if (!existsSync(folder)) {
    const said = JSON.parse(output('go', ['mod', 'download', '-json', `${entry.module}@${entry.version}`], tmpdir()));
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(said.Dir, partial, { recursive: true });
    makeWritable(partial);
    dropLocalReplacements(partial);
    // A workspace names folders of the repository that are not in the module.
    for (const file of ['go.work', 'go.work.sum']) rmSync(path.join(partial, file), { force: true });
    renameSync(partial, folder);
  }
  return { ...entry, name, folder };
}

function makeWritable(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) chmodSync(file, entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** Modules of the same repository are beside it there, but not here: the proxy has them too. */
function dropLocalReplacements(folder) {
  const file = path.join(folder, 'go.mod');
  const local = [...readFileSync(file, 'utf8').matchAll(/^\s*(?:replace\s+)?(\S+)(?: v\S+)? => \.\S*$/gm)];
  for (const [, module] of local) output('go', ['mod', 'edit', `-dropreplace=${module}`], folder);
}
