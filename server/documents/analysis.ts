/**
 * Keeps what is known of each file's text: trees of open files while they are edited, declarations of closed
 * files on demand. After each edit `onAnalysed` fires once for the newest text; versions in between are skipped.
 */
import { readFile, stat } from 'node:fs/promises';
import type { TextDocuments } from 'vscode-languageserver/node';
import type { Parser, Tree } from 'web-tree-sitter';
import { errorText } from '../../engine/system/attempt';
import { pathOf } from '../modules';
import type { GoDocument } from './go-document';
import { type Source, sourceOf } from './source';

/** Longest pause before an edit is analysed, in milliseconds. Small files get none. */
const LONGEST_PAUSE = 250;

export interface SavedSource {
  source: Source;
  /** Milliseconds since 1970. */
  savedAt: number;
  /** Bytes. */
  size: number;
}

export class Analysis {
  private parser: Parser | undefined;
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly open = new Map<string, { version: number; source: Source }>();
  /** The open documents, so that one that is opened anew, against the protocol, takes the place of the other. */
  private readonly shown = new Map<string, GoDocument>();
  private readonly saved = new Map<string, SavedSource>();
  private announceReady: () => void = () => {};
  /** Settles once there is a parser, or there will be none: who answers before that answers wrongly. */
  readonly ready = new Promise<void>((resolve) => {
    this.announceReady = resolve;
  });
  /** How long the last analysis took, in milliseconds. */
  private cost = 0;

  constructor(
    private readonly documents: TextDocuments<GoDocument>,
    private readonly onAnalysed: (document: GoDocument) => void,
    private readonly warn: (warning: string) => void,
  ) {
    documents.onDidOpen(({ document }) => this.opened(document));
    documents.onDidChangeContent(({ document }) => this.changed(document));
    documents.onDidClose(({ document }) => this.forget(document));
  }

  /** Without a parser, files have lines but no declarations and no tree. */
  use(parser: Parser | undefined): void {
    this.parser = parser;
    this.announceReady();
    this.open.clear();
    this.saved.clear();
    this.all();
  }

  /** For who parses files that are not open. Does nothing while there is no parser. */
  async withParser(work: (parser: Parser) => Promise<void>): Promise<void> {
    if (this.parser !== undefined) await work(this.parser);
  }

  /** Analyses every open file again, because something that analysis depends on changed. */
  all(): void {
    for (const document of this.documents.all()) this.changed(document);
  }

  tree(document: GoDocument): Tree | undefined {
    return this.parser === undefined ? undefined : document.syntax(this.parser);
  }

  /** The file's newest text, open or not; undefined when it cannot be read. */
  async source(uri: string): Promise<Source | undefined> {
    const document = this.documents.get(uri);
    return document === undefined ? (await this.sourceOnDisk(uri))?.source : this.sourceOfOpen(document);
  }

  sourceOfOpen(document: GoDocument): Source {
    const known = this.open.get(document.uri);
    if (known?.version === document.version) return known.source;
    const source = sourceOf(document.getText(), this.tree(document));
    this.open.set(document.uri, { version: document.version, source });
    return source;
  }

  /** The file as it was saved last; undefined when it cannot be read. */
  async sourceOnDisk(uri: string): Promise<SavedSource | undefined> {
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    try {
      const { mtimeMs, size } = await stat(path);
      const known = this.saved.get(uri);
      if (known?.savedAt === mtimeMs && known.size === size) return known;
      const text = await readFile(path, 'utf8');
      const tree = this.parser?.parse(text) ?? undefined;
      const saved = { source: sourceOf(text, tree), savedAt: mtimeMs, size };
      tree?.delete();
      this.saved.set(uri, saved);
      return saved;
    } catch {
      // It was there when it was found; now it is not. Whoever asks treats it as gone.
      this.saved.delete(uri);
      return undefined;
    }
  }

  /** The pause grows with what an analysis costs, so that typing in a huge file is not slowed down. */
  private changed(document: GoDocument): void {
    clearTimeout(this.timers.get(document.uri));
    const run = () => {
      this.timers.delete(document.uri);
      const begin = performance.now();
      try {
        this.onAnalysed(document);
      } catch (error) {
        // Whatever is in this file: it takes no other file down with it.
        this.warn(`${document.uri} cannot be analysed: ${errorText(error)}`);
      }
      this.cost = performance.now() - begin;
    };
    this.timers.set(document.uri, setTimeout(run, Math.min(2 * this.cost, LONGEST_PAUSE)));
  }

  private opened(document: GoDocument): void {
    const before = this.shown.get(document.uri);
    if (before !== undefined && before !== document) this.forget(before);
    this.shown.set(document.uri, document);
  }

  private forget(document: GoDocument): void {
    this.shown.delete(document.uri);
    clearTimeout(this.timers.get(document.uri));
    this.timers.delete(document.uri);
    this.open.delete(document.uri);
    document.dispose();
  }
}
