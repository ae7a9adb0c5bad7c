/** The import that a fix needs. */
import type { ReportEdit } from '../check';
import type { PackageFile } from '../source/package';
import { insertAt } from './edits';

/** Nothing when the file has it under its own name; undefined when the name stands for something else there. */
export function importing(file: PackageFile, path: string): ReportEdit[] | undefined {
  const { imports, text, declarations } = file.source;
  const name = path.replace(/^.*\//u, '');
  const known = imports.get(name);
  if (known !== undefined) return known === path ? [] : undefined;
  const head = text.slice(0, declarations[0]?.base ?? text.length);
  const block = /^import \(\n/mu.exec(head);
  if (block) return [insertAt(file, placeInBlock(head, block.index + block[0].length, path), `\t"${path}"\n`)];
  const single = /^import [^(\n]*\n/mu.exec(head);
  if (single) return [insertAt(file, single.index + single[0].length, `import "${path}"\n`)];
  const clause = /^package [^\n]*\n/mu.exec(head);
  return clause ? [insertAt(file, clause.index + clause[0].length, `\nimport "${path}"\n`)] : undefined;
}

/** gofmt sorts the lines of each group; the standard library's comes first. */
function placeInBlock(head: string, start: number, path: string): number {
  let at = start;
  for (;;) {
    const line = /^[^\n]*\n/u.exec(head.slice(at))?.[0] ?? '';
    const own = /^\t(?:[\w.]+ )?"([^"]+)"/u.exec(line)?.[1];
    if (own === undefined || own > path) return at;
    at += line.length;
  }
}
