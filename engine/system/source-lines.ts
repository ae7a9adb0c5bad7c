/** Lines of source files, for those who show places. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Text of a line (from 1) without its end; undefined when the file could not be read or is shorter. */
export type SourceLines = (file: string, line: number) => string | undefined;

/** No source is larger: a trace is, and findings of STD files stand in it. */
const LARGEST = 4 << 20;

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).size > LARGEST ? undefined : await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reads the files, relative to `directory`. One that has gone since has no lines: its positions say enough. */
export async function sourceLines(files: Iterable<string>, directory: string): Promise<SourceLines> {
  const texts = new Map<string, string[]>();
  for (const file of new Set(files)) {
    const text = await textOf(resolve(directory, file));
    if (text !== undefined) texts.set(file, text.split(/\r?\n/));
  }
  return (file, line) => texts.get(file)?.[line - 1];
}
