/**
 * CodeLenses: what can be explored above each test and what came of it; above the operations of a finding, what
 * it is and the way to see it happen again.
 */

import { type CodeLens, type CodeLensParams, CodeLensRequest, type Command } from 'vscode-languageserver/node';
import { distribution } from '../core/model/counts';
import { FOR_EVER } from '../core/model/operations/outcome-words';
import { exhaustedSentence } from '../core/report/exhausted';
import type { Finding } from '../protocol/finding';
import type { FindingReference, TestReference } from '../protocol/messages';
import { phrase } from '../protocol/phrase';
import { COMMANDS } from '../protocol/settings';
import type { GoDocument } from './documents/go-document';
import type { Exploration } from './explorations';
import type { PlacedFinding } from './findings';
import { nameOfKind } from './kind-names';
import { uriOf } from './modules';
import { onRequest } from './requests';
import type { ServerContext } from './server-context';
import { inDocument } from './shapes';
import { testsOf, textOfTest } from './tests';
import { say, t } from './words';

export function register(context: ServerContext): void {
  onRequest(
    context,
    CodeLensRequest.method,
    inDocument,
    async ({ textDocument }: CodeLensParams): Promise<CodeLens[]> => {
      await context.analysis.ready;
      const document = context.documents.get(textDocument.uri);
      if (document === undefined || !context.settings.of(document.uri).codeLens) return [];
      const findings = context.diagnostics.dynamic().filter(({ primary }) => primary.uri === document.uri);
      return [...testLenses(context, document), ...findings.flatMap((one) => findingLenses(context, one))];
    },
  );
}

function testLenses(context: ServerContext, document: GoDocument): CodeLens[] {
  const { uri } = document;
  return testsOf(document, context.analysis.tree(document)).flatMap(({ test, from }) => {
    const reference: TestReference = { uri, test };
    const explore = { command: COMMANDS.explore, arguments: [reference] };
    if (context.explorations.isRunning(uri, test)) return [lens(from, said(t`Exploring …`))];
    const lenses = [lens(from, { title: t`Explore interleavings`, ...explore })];
    const result = context.explorations.result(uri, test);
    if (result !== undefined) {
      const edited = result.testText !== textOfTest(context, uri, test);
      lenses.push(lens(from, said(edited ? t`before the last edit: ${outcome(result)}` : outcome(result))));
    }
    return lenses;
  });
}

/** `no bug in 4,812 interleavings (31 of 40 operations reached)`. */
function outcome({ report, findings, cancelled }: Exploration): string {
  if (report.problem !== undefined && findings === 0) return report.problem;
  const runs = report.schedules.toLocaleString('en');
  const proof = exhaustedSentence(report);
  if (findings > 0) {
    const found =
      findings === 1
        ? phrase`1 finding in ${runs} interleavings`
        : phrase`${findings} findings in ${runs} interleavings`;
    const said = cancelled ? phrase`${found}, stopped early` : found;
    return say(proof ? phrase`${said}; ${proof}` : said);
  }
  if (proof !== undefined) return say(proof);
  const { sitesReached, sites } = report.coverage;
  return cancelled
    ? t`no bug in ${runs} interleavings (${sitesReached} of ${sites} operations reached, stopped early)`
    : t`no bug in ${runs} interleavings (${sitesReached} of ${sites} operations reached)`;
}

function findingLenses(context: ServerContext, { root, finding, current, primary, sites }: PlacedFinding): CodeLens[] {
  const reference: FindingReference = { root: uriOf(root), id: finding.id };
  const { line } = primary.range.start;
  const lenses: CodeLens[] = [];
  if (finding.kind === 'goroutine-leak' && current) {
    const title = `$(warning)\u00a0${leakWarning(context, root, finding)}`;
    lenses.push(lens(line, said(title)));
    const started = sites.find(({ site, uri }) => site.operation === 'go' && uri === primary.uri);
    if (started !== undefined && started.range.start.line !== line) {
      lenses.push(lens(started.range.start.line, said(`$(warning)\u00a0${t`A goroutine started here leaks`}`)));
    }
  }
  if (finding.schedule !== undefined) {
    lenses.push(
      lens(line, { title: t`Replay this ${nameOfKind(finding)}`, command: COMMANDS.replay, arguments: [reference] }),
      lens(line, { title: t`Debug`, command: COMMANDS.debug, arguments: [reference] }),
    );
  }
  if (finding.trace !== undefined) {
    lenses.push(lens(line, { title: t`Open trace`, command: COMMANDS.openTrace, arguments: [reference] }));
  }
  return lenses;
}

/** `Goroutine 1.2 leaks here in 49 % of runs (32–67 %)`. */
function leakWarning({ findings }: ServerContext, root: string, { sites }: Finding): string {
  const [site] = sites;
  const who =
    site?.goroutine === undefined ? phrase`A goroutine leaks here` : phrase`Goroutine ${site.goroutine} leaks here`;
  const count = findings
    .counts(root)
    .find(({ file, line, column }) => file === site?.file && line === site.line && column === site.column);
  const share = count && distribution(count).shares.find(({ outcome }) => outcome === FOR_EVER);
  if (!share || share.times === 0) return say(who);
  const percent = (of: number) => Math.round(of * 100);
  return t`${who} with probability ${percent(share.probability)} % (${percent(share.low)}–${percent(share.high)})`;
}

/** A CodeLens that only says something. */
function said(title: string): Command {
  return { title, command: '' };
}

function lens(line: number, command: Command): CodeLens {
  const position = { line, character: 0 };
  return { range: { start: position, end: position }, command };
}
