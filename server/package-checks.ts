/** Runs the checks that look at whole packages when typing has paused, and once its other files have been read. */
import { dirname } from 'node:path';
import type { TextDocuments } from 'vscode-languageserver/node';
import type { Analysis } from './documents/analysis';
import type { GoDocument } from './documents/go-document';
import { pathOf } from './modules';
import type { Packages } from './packages';
import { packageFindings, type StaticResult } from './static-checks';

/** Milliseconds without an edit. A package that takes longer to check waits as long as it took. */
const PAUSE = 300;

export class PackageChecks {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private cost = 0;

  constructor(
    private readonly documents: TextDocuments<GoDocument>,
    private readonly analysis: Analysis,
    private readonly packages: Packages,
    private readonly onChecked: (document: GoDocument, result: StaticResult) => void,
  ) {}

  later(document: GoDocument): void {
    clearTimeout(this.timers.get(document.uri));
    const run = () => {
      this.timers.delete(document.uri);
      void this.check(document);
    };
    this.timers.set(document.uri, setTimeout(run, Math.max(PAUSE, this.cost)));
  }

  forget(document: GoDocument): void {
    clearTimeout(this.timers.get(document.uri));
    this.timers.delete(document.uri);
  }

  private async check(document: GoDocument): Promise<void> {
    const path = pathOf(document.uri);
    const { version } = document;
    if (path === undefined) return;
    const open = new Set(this.documents.all().map(({ uri }) => pathOf(uri)));
    await this.analysis.withParser((parser) => this.packages.refresh(dirname(path), parser, (one) => open.has(one)));
    // Edited or closed in between: another check is on its way, or none is wanted.
    const tree = this.documents.get(document.uri) === document ? this.analysis.tree(document) : undefined;
    if (tree === undefined || document.version !== version) return;
    const begin = performance.now();
    const result = packageFindings(this.packages, document, tree);
    this.cost = performance.now() - begin;
    this.onChecked(document, result);
  }
}
