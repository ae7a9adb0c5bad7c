/** Inlay hints, off by default: behind an operation that runs have come to what is likeliest to come of it. */
import { type InlayHint, type InlayHintParams, InlayHintRequest } from 'vscode-languageserver/node';
import { restsOn } from '../core/model/counts';
import { operationsOf } from './operation-sites';
import { countsOf, predictionAt } from './predictions';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { document as documentShape, fields, range as rangeShape } from './shapes';
import { rangeOf } from './static-checks';
import { say, t } from './words';

const ASKED = fields<Pick<InlayHintParams, 'textDocument' | 'range'>>({
  textDocument: documentShape,
  range: rangeShape,
});

export function register(context: ServerContext): void {
  onRequest(context, InlayHintRequest.method, ASKED, async (asked: InlayHintParams): Promise<InlayHint[]> => {
    await context.analysis.ready;
    const document = context.documents.get(asked.textDocument.uri);
    if (document === undefined || !context.settings.of(document.uri).inlayHints) return [];
    const counts = await countsOf(context, document);
    const tree = context.analysis.tree(document);
    if (tree === undefined || counts.length === 0) return [];
    const lines = document.getText().split(/\r?\n/);
    return operationsOf(document, tree).flatMap((operation): InlayHint[] => {
      const range = rangeOf(lines, operation.range);
      const { line } = range.start;
      if (line < asked.range.start.line || line > asked.range.end.line) return [];
      const predicted = predictionAt(counts, operation, line);
      const [likeliest, ...others] = predicted.shares;
      if (likeliest === undefined || others.length === 0 || predicted.times === 0) return [];
      const { said, probability, low, high } = likeliest;
      const percent = (share: number) => `${Math.round(share * 100)}`;
      return [
        {
          position: { line, character: (lines[line] ?? '').trimEnd().length },
          label: `${percent(probability)} % ${say(said)}`,
          paddingLeft: true,
          tooltip: t`${percent(low)} to ${percent(high)} % with 95 % certainty; rests on ${restsOn(predicted)}.`,
        },
      ];
    });
  });
}
