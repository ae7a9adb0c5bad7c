/**
 * What goes where: results to stdout; progress and complaints to stderr. On a terminal progress is one line that
 * is written over; elsewhere a line now and then.
 */

export interface Output {
  /** False when it has more than it can pass on: it says `drain` when it can take more. */
  write(text: string): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Between progress lines where they cannot be written over, in milliseconds. */
const SPARSE_MILLISECONDS = 5_000;
/** Between updates on a terminal, in milliseconds. */
const LIVE_MILLISECONDS = 100;
const CLEAR_LINE = '\r\x1b[K';

export class Terminal {
  private shown = false;
  private last = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly stdout: Output,
    private readonly stderr: Output,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A result. */
  print(text: string): void {
    this.clearStatus();
    this.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** A result that may be longer than memory, a piece at a time. */
  async printPieces(pieces: Iterable<string>): Promise<void> {
    this.clearStatus();
    let ended = true;
    for (const piece of pieces) {
      ended = piece.endsWith('\n');
      const full = this.stdout.write(piece) === false;
      if (full && this.stdout.once) await new Promise<void>((resolve) => this.stdout.once!('drain', resolve));
    }
    if (!ended) this.stdout.write('\n');
  }

  /** One line about what cannot be done. */
  complain(problem: string): void {
    this.clearStatus();
    this.stderr.write(`lockstep: ${problem.trim()}\n`);
  }

  /** Lines as they are, beside the results: commands to whoever reads our log. */
  log(lines: readonly string[]): void {
    this.clearStatus();
    for (const line of lines) this.stderr.write(`${line}\n`);
  }

  /** Progress: dropped when the last was shown a moment ago, unless it `matters`. */
  status(text: string, matters = false): void {
    const live = this.stderr.isTTY === true;
    const now = this.now();
    if (!matters && now - this.last < (live ? LIVE_MILLISECONDS : SPARSE_MILLISECONDS)) return;
    this.last = now;
    if (!live) {
      this.stderr.write(`${text}\n`);
      return;
    }
    this.stderr.write(CLEAR_LINE + text.slice(0, (this.stderr.columns || 80) - 1));
    this.shown = true;
  }

  clearStatus(): void {
    if (!this.shown) return;
    this.shown = false;
    this.stderr.write(CLEAR_LINE);
  }
}
