/** Document symbols: the concurrency operations of a file, below the function that each stands in. */
import {
  type DocumentSymbol,
  type DocumentSymbolParams,
  DocumentSymbolRequest,
  SymbolKind,
} from 'vscode-languageserver/node';
import type { ConcurrencySite } from '../core/static/concurrency-sites';
import { operationsOf } from './operation-sites';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { inDocument } from './shapes';
import { rangeOf } from './static-checks';

export function register(context: ServerContext): void {
  const { method } = DocumentSymbolRequest.type;
  onRequest(context, method, inDocument, async ({ textDocument }: DocumentSymbolParams): Promise<DocumentSymbol[]> => {
    await context.analysis.ready;
    const document = context.documents.get(textDocument.uri);
    const tree = document && context.analysis.tree(document);
    if (document === undefined || tree === undefined) return [];
    const lines = document.getText().split(/\r?\n/);
    const symbols = new Map<string, DocumentSymbol>();
    for (const site of operationsOf(document, tree)) {
      const symbol = symbolOf(lines, site);
      const of = symbols.get(site.function);
      if (of === undefined) {
        const name = site.function === '' ? 'package' : site.function;
        const { range, selectionRange } = symbol;
        symbols.set(site.function, { name, kind: SymbolKind.Function, range, selectionRange, children: [symbol] });
      } else {
        of.children!.push(symbol);
        of.range = { start: of.range.start, end: symbol.range.end };
      }
    }
    return [...symbols.values()];
  });
}

function symbolOf(lines: readonly string[], { operation, expression, range }: ConcurrencySite): DocumentSymbol {
  const at = rangeOf(lines, range);
  const name = expression === '' ? operation : `${operation} ${expression.split('\n')[0]}`;
  return { name, kind: SymbolKind.Event, range: at, selectionRange: at };
}
