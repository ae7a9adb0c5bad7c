/**
 * Somebody who edits a file in a hurry: types what is in it character by character, slips and corrects, deletes, pastes
 * and undoes. The same seed makes the same edits.
 */

/** Replaces text[start, end) by `text`; offsets in UTF-16 units. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Edits after which all are taken back. */
const EPISODE = 120;

export class Typist {
  /** Takes the edits back, newest last. */
  private readonly undos: Edit[] = [];
  private readonly waiting: string[] = [];
  private cursor = 0;
  /** On the way back to the text that all is well with: nobody leaves a file in pieces for long. */
  private retreating = false;

  constructor(
    public text: string,
    private state: number,
  ) {}

  /** Makes an edit and tells it. */
  next(): Edit {
    if (this.undos.length >= EPISODE) this.retreating = true;
    if (this.retreating) {
      const back = this.undo();
      if (back !== undefined) return back;
      this.retreating = false;
      this.waiting.length = 0;
    }
    const draw = this.random();
    if (this.waiting.length === 0) return this.rewrite();
    if (draw < 0.82) return this.insert(this.waiting.shift()!);
    if (draw < 0.9) return this.slip();
    if (draw < 0.93) return this.insert(this.piece(2000));
    if (draw < 0.95) return this.remove(this.below(1500));
    if (draw < 0.99) return this.undo() ?? this.rewrite();
    return this.rewrite();
  }

  /** Undefined when nothing is left to be taken back. */
  undo(): Edit | undefined {
    const edit = this.undos.pop();
    if (edit === undefined) return undefined;
    this.apply(edit);
    return edit;
  }

  /** Takes some lines out somewhere and begins to type them anew. */
  private rewrite(): Edit {
    const start = this.text.indexOf('\n', this.below(this.text.length)) + 1;
    const end = Math.min(this.text.length, start + 40 + this.below(600));
    this.waiting.splice(0, this.waiting.length, ...this.text.slice(start, end));
    return this.change({ start, end, text: '' });
  }

  /** A wrong key: what should have come is still to come. */
  private slip(): Edit {
    const keys = '(){}[]"`\'<-:=.,;*&/\n\t xgodefer𝄞ä';
    if (this.random() < 0.5) return this.insert([...keys][this.below([...keys].length)]!);
    return this.change({ start: Math.max(0, this.cursor - 1 - this.below(8)), end: this.cursor, text: '' });
  }

  private insert(text: string): Edit {
    return this.change({ start: this.cursor, end: this.cursor, text });
  }

  private remove(length: number): Edit {
    return this.change({ start: this.cursor, end: Math.min(this.text.length, this.cursor + length), text: '' });
  }

  private piece(length: number): string {
    const start = this.below(this.text.length);
    return this.text.slice(start, start + this.below(length));
  }

  private change(edit: Edit): Edit {
    const { start, end, text } = edit;
    this.undos.push({ start, end: start + text.length, text: this.text.slice(start, end) });
    this.apply(edit);
    return edit;
  }

  private apply({ start, end, text }: Edit): void {
    this.text = this.text.slice(0, start) + text + this.text.slice(end);
    this.cursor = start + text.length;
  }

  private below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  /** Mulberry32, in [0, 1). */
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}
