// The layering of ARCHITECTURE.md as a table that is run: which room may import what.
//   node scripts/layers.mjs [ROOT]      prints one line for each import that is not allowed; exit 1 then
// Project references alone would let `import 'vscode'` through, and say nothing about the clock.
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * `rooms`: folders whose files may be imported (a room may always import itself).
 * `modules`: packages, with their subpaths; `node:` stands for all of Node.
 * `pure`: neither the clock nor unseeded randomness. Node and the DOM are kept out by the room's tsconfig.
 */
export const ROOMS = {
  protocol: { rooms: [], modules: [], pure: true },
  core: { rooms: ['protocol'], modules: ['web-tree-sitter', 'sarif', 'xmlbuilder2'], pure: true },
  engine: { rooms: ['protocol', 'core'], modules: ['node:', 'web-tree-sitter', 'jsonc-parser', 'onnxruntime-web'] },
  server: {
    rooms: ['protocol', 'core', 'engine'],
    modules: ['node:', 'web-tree-sitter', 'vscode-languageserver', 'vscode-languageserver-textdocument', 'vscode-uri'],
  },
  cli: { rooms: ['protocol', 'core', 'engine'], modules: ['node:'] },
  client: { rooms: ['protocol'], modules: ['node:', 'vscode', 'vscode-languageclient'] },
  media: { rooms: ['protocol', 'core/view'], modules: ['@dagrejs/dagre'] },
};

/** Folders with TypeScript of their own that no room imports and that may import any room. */
export const OUTSIDE = ['test', 'training', 'bench', 'scripts'];

/** Imports that break the table and are known: `{ file, imports, why }`. To be empty, or explained one by one. */
export const DEBT = [];

const IGNORED = new Set(['node_modules', 'dist', 'out', 'docs', 'examples', 'tracer', 'syntaxes']);

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.has(entry.name) || entry.name.startsWith('.') ? [] : sourcesIn(file);
    return /\.tsx?$/.test(entry.name) ? [file] : [];
  });
}

function moduleAllowed(name, modules) {
  const isNode = name.startsWith('node:') || builtinModules.includes(name);
  if (isNode) return modules.includes('node:');
  return modules.some((allowed) => name === allowed || name.startsWith(`${allowed}/`));
}

/** Why `room` may not import `specifier` from `file` (both relative to the root), or undefined when it may. */
function objection(room, file, specifier) {
  const { rooms, modules } = ROOMS[room];
  if (!specifier.startsWith('.')) {
    return moduleAllowed(specifier, modules) ? undefined : `${room} may not import ${specifier}`;
  }
  const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  const allowed = [room, ...rooms].some((folder) => target === folder || target.startsWith(`${folder}/`));
  return allowed ? undefined : `${room} may not import ${target}`;
}

/** Reads of the clock and of unseeded randomness, as `{ offset, what }`. */
function impurities(source) {
  const found = [];
  const visit = (node) => {
    const text = node.getText(source);
    if (ts.isPropertyAccessExpression(node) && ['Math.random', 'Date.now'].includes(text)) {
      found.push({ offset: node.getStart(source), what: text });
    }
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date' && !node.arguments?.length) {
      found.push({ offset: node.getStart(source), what: 'new Date()' });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Every breach under `root`: `{ file, line, message }`, sorted by file. */
export function breaches(root) {
  const found = [];
  for (const absolute of sourcesIn(root)) {
    const file = path.relative(root, absolute).split(path.sep).join('/');
    const room = file.split('/')[0];
    if (OUTSIDE.includes(room)) continue;
    if (!(room in ROOMS)) {
      found.push({
        file,
        line: 1,
        message: `${file} lies in no room; add its folder to the table in scripts/layers.mjs`,
      });
      continue;
    }
    const text = readFileSync(absolute, 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const line = (offset) => source.getLineAndCharacterOfPosition(offset).line + 1;
    for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
      const message = objection(room, file, fileName);
      const known = DEBT.some((debt) => debt.file === file && debt.imports === fileName);
      if (message && !known) found.push({ file, line: line(pos), message });
    }
    if (!ROOMS[room].pure) continue;
    for (const { offset, what } of impurities(source)) {
      found.push({ file, line: line(offset), message: `${room} is pure: ${what} has to be handed in by the caller` });
    }
  }
  return found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '..'));
  const found = breaches(root);
  for (const { file, line, message } of found) console.error(`${file}:${line}: ${message}`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
