/** What `go build` prints, as positions in the user's files. */
import { isAbsolute, resolve } from 'node:path';
import type { SourceError } from '../../protocol/tracer';
import { relativePath } from '../system/files';

/**
 * Errors in the output of a go command that ran in `directory`. `backing` maps files of the overlay to the
 * user's: the compiler names the former. Lines that are no positions are left out, and repeated ones too.
 */
export function errorsInOutput(output: string, directory: string, backing: ReadonlyMap<string, string>): SourceError[] {
  const errors: SourceError[] = [];
  for (const line of output.split('\n')) {
    const match = /^(?:vet: )?(\S.*?\.go):(\d+)(?::(\d+))?: (.+)$/.exec(line.trim());
    if (!match) continue;
    const [, name = '', row = '0', column, message = ''] = match;
    const named = isAbsolute(name) ? name : resolve(directory, name);
    const file = backing.get(named) ?? named;
    const error = { file, line: Number(row), column: Number(column ?? 1), message };
    if (!errors.some((known) => sentenceOf(known, '/') === sentenceOf(error, '/'))) errors.push(error);
  }
  return errors;
}

/** `file:line:column: message`, the file relative to `directory`. */
export function sentenceOf(error: SourceError, directory: string): string {
  const place = error.line > 0 ? `:${error.line}:${Math.max(error.column, 1)}` : '';
  const file = error.file === '' ? '' : `${relativePath(directory, error.file)}${place}: `;
  return `${file}${error.message}`;
}
