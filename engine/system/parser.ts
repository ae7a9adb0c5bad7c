/** The Go parser for static checks: tree-sitter compiled to WebAssembly, loaded once. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import { phrase } from '../../protocol/phrase';
import { type Attempt, errorText, failed, succeeded } from './attempt';

export interface ParserFiles {
  /** web-tree-sitter.wasm. Absolute. */
  engine: string;
  /** tree-sitter-go.wasm. Absolute. */
  grammar: string;
}

/** The parser's files of an installation: beside the bundles, or in node_modules of a checkout. */
export async function parserFiles(root: string): Promise<Attempt<ParserFiles>> {
  const places: ParserFiles[] = [
    { engine: join(root, 'dist', 'web-tree-sitter.wasm'), grammar: join(root, 'dist', 'tree-sitter-go.wasm') },
    {
      engine: join(root, 'node_modules', 'web-tree-sitter', 'web-tree-sitter.wasm'),
      grammar: join(root, 'node_modules', 'tree-sitter-go', 'tree-sitter-go.wasm'),
    },
  ];
  for (const files of places) {
    try {
      await access(files.engine);
      await access(files.grammar);
      return succeeded(files);
    } catch {
      // Not in this place.
    }
  }
  return failed(phrase`The Go parser's files are missing in ${root}; install Lockstep again.`);
}

let loading: Promise<Language> | undefined;

/** A new parser for Go. The grammar is loaded by the first call; the caller deletes the parser. */
export async function goParser(files: ParserFiles): Promise<Attempt<Parser>> {
  try {
    loading ??= Parser.init({ locateFile: () => files.engine }).then(() => Language.load(files.grammar));
    const language = await loading;
    const parser = new Parser();
    parser.setLanguage(language);
    return succeeded(parser);
  } catch (error) {
    loading = undefined;
    return failed(phrase`The Go parser could not be loaded: ${errorText(error)}`);
  }
}
