/** Loads tree-sitter's wasm and the Go grammar, for tests of what works on syntax trees. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

const require = createRequire(import.meta.url);
let loading: Promise<Parser> | undefined;

/** One parser for all tests of the process. */
export function goParser(): Promise<Parser> {
  loading ??= (async () => {
    await Parser.init();
    const grammar = await readFile(require.resolve('tree-sitter-go/tree-sitter-go.wasm'));
    return new Parser().setLanguage(await Language.load(new Uint8Array(grammar)));
  })();
  return loading;
}
