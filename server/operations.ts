/** lockstep/operations: where the operations of a file stand, by the word or sign that makes them one. */
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { OPERATIONS, type OperationFamily, type OperationMark, type OperationsParams } from '../protocol/messages';
import { operationsOf } from './operation-sites';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { document as inFile } from './shapes';
import { rangeOf } from './static-checks';

export function register(context: ServerContext): void {
  const { documents, analysis } = context;
  onRequest(context, OPERATIONS, inFile, async ({ uri }: OperationsParams): Promise<OperationMark[]> => {
    await analysis.ready;
    const document = documents.get(uri);
    const tree = document && analysis.tree(document);
    if (document === undefined || tree === undefined) return [];
    const lines = document.getText().split(/\r?\n/);
    return operationsOf(document, tree).flatMap((site) => {
      const range = rangeOf(lines, site.range);
      const { line, character } = range.start;
      const end = range.end.line === line ? range.end.character : undefined;
      const at = signOf((lines[line] ?? '').slice(character, end), site.expression.split('\n')[0] ?? '');
      const family = familyOf(site.operation);
      return at === undefined ? [] : [{ family, line, start: character + at.start, end: character + at.end }];
    });
  });
}

/** `go`, `select`, `make`, `close`, `range`; `<-` before or behind the channel; the method's name behind the operand. */
function signOf(text: string, expression: string): { start: number; end: number } | undefined {
  const word = /^(?:go|select|make|close)\b|^<-/u.exec(text);
  if (word) return { start: 0, end: word[0].length };
  const loop = /\brange\b/u.exec(text);
  if (/^for\b/u.test(text) && loop) return { start: loop.index, end: loop.index + 'range'.length };
  // A function of a package: atomic.AddInt64, context.WithCancel.
  const of = expression === '' ? /^\w+\./u.exec(text) : undefined;
  if (of) return { start: of[0].length, end: of[0].length + (/^\w*/u.exec(text.slice(of[0].length))?.[0].length ?? 0) };
  if (!text.startsWith(expression)) return undefined;
  const [all, sign = ''] = /^\s*\.?\s*(<-|\w+)/u.exec(text.slice(expression.length)) ?? [];
  const end = expression.length + (all ?? '').length;
  return sign === '' ? { start: 0, end: expression.length } : { start: end - sign.length, end };
}

function familyOf(operation: ConcurrencySite['operation']): OperationFamily {
  if (operation === 'context' || operation === 'atomic') return operation;
  if (operation === 'go' || operation.startsWith('wg-')) return 'goroutine';
  return ['make', 'send', 'receive', 'select', 'close'].includes(operation) ? 'channel' : 'lock';
}
