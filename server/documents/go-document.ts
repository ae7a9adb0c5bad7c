/** An open Go file: its text and, kept in step with every edit, its syntax tree. */
import {
  TextDocumentContentChangeEvent as Change,
  type DocumentUri,
  type Position,
  type Range,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Edit, type Parser, type Tree } from 'web-tree-sitter';

/** Texts that there have been. */
let texts = 0;

export class GoDocument {
  private tree: Tree | undefined;
  /** Version of the text that `tree` was parsed from. */
  private parsed = -1;
  private revision = ++texts;

  constructor(private text: TextDocument) {}

  static create(uri: DocumentUri, languageId: string, version: number, content: string): GoDocument {
    return new GoDocument(TextDocument.create(uri, languageId, version, content));
  }

  static update(document: GoDocument, changes: TextDocumentContentChangeEvent[], version: number): GoDocument {
    for (const change of changes) document.apply(change, version);
    return document;
  }

  get uri(): DocumentUri {
    return this.text.uri;
  }

  /** Of the text: no other has the same, though a client may give two of them one number. */
  get version(): number {
    return this.revision;
  }

  getText(range?: Range): string {
    return this.text.getText(range);
  }

  positionAt(offset: number): Position {
    return this.text.positionAt(offset);
  }

  /** The tree of the text as it is now. Parses only what changed since the last call. */
  syntax(parser: Parser): Tree | undefined {
    if (this.parsed === this.version && this.tree !== undefined) return this.tree;
    const next = parser.parse(this.getText(), this.tree) ?? undefined;
    this.tree?.delete();
    this.tree = next;
    this.parsed = this.version;
    return next;
  }

  /** Gives the tree's memory back: it is not the garbage collector's. */
  dispose(): void {
    this.tree?.delete();
    this.tree = undefined;
  }

  private apply(change: TextDocumentContentChangeEvent, version: number): void {
    this.revision = ++texts;
    if (!Change.isIncremental(change)) {
      this.dispose();
      this.text = TextDocument.update(this.text, [change], version);
      return;
    }
    // A place behind its line's end, or the text's, is that end, and a range may be given backwards. The library takes
    // such a range, but loses count of its lines then.
    const [startIndex, oldEndIndex] = [change.range.start, change.range.end]
      .map((position) => this.text.offsetAt(position))
      .sort((one, other) => one - other) as [number, number];
    const [start, end] = [this.text.positionAt(startIndex), this.text.positionAt(oldEndIndex)];
    this.text = TextDocument.update(this.text, [{ range: { start, end }, text: change.text }], version);
    if (this.tree === undefined) return;
    const newEndIndex = startIndex + change.text.length;
    this.tree.edit(
      new Edit({
        startIndex,
        oldEndIndex,
        newEndIndex,
        startPosition: point(start),
        oldEndPosition: point(end),
        newEndPosition: point(this.text.positionAt(newEndIndex)),
      }),
    );
  }
}

/** tree-sitter's columns are UTF-16 units here, as LSP's are. */
function point({ line, character }: Position): { row: number; column: number } {
  return { row: line, column: character };
}
