/** Reads results.jsonl, which an instrumented test appends to while it runs and may die writing. */
import { open } from 'node:fs/promises';
import type { ResultLine, RunLine, SummaryLine } from '../../protocol/run';
import { OUTCOMES } from '../../protocol/trace';
import { errorCode } from '../system/attempt';
import { isRecord } from '../system/json';

/** The lines of one process, read as they appear. */
export class Results {
  readonly runs: RunLine[] = [];
  /** The newest summary; summaries are cumulative. */
  summary: SummaryLine | undefined;
  /** Whole lines that were not understood. */
  unread = 0;
  private position = 0;
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly path: string) {}

  /** Reads what has been appended since the last call. A last line without its newline waits for the next call. */
  async refresh(): Promise<void> {
    let file: Awaited<ReturnType<typeof open>>;
    try {
      file = await open(this.path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    try {
      const chunk = Buffer.alloc(256 * 1024);
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, chunk.length, this.position);
        if (bytesRead === 0) return;
        this.position += bytesRead;
        this.take(Buffer.concat([this.rest, chunk.subarray(0, bytesRead)]));
      }
    } finally {
      await file.close();
    }
  }

  private take(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      this.line(bytes.subarray(from, end).toString('utf8'));
      from = end + 1;
    }
    this.rest = Buffer.from(bytes.subarray(from));
  }

  private line(text: string): void {
    if (text.trim() === '') return;
    const line = resultLine(text);
    if (line === undefined) this.unread++;
    else if (line.type === 'run') this.runs.push(line);
    else this.summary = line;
  }
}

/** A line, or nothing when it is not one. */
export function resultLine(text: string): ResultLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isRun(value) || isSummary(value) ? value : undefined;
}

function isRun(value: unknown): value is RunLine {
  return (
    isRecord(value) &&
    value.type === 'run' &&
    typeof value.index === 'number' &&
    typeof value.seed === 'string' &&
    OUTCOMES.some((outcome) => outcome === value.outcome)
  );
}

function isSummary(value: unknown): value is SummaryLine {
  return (
    isRecord(value) &&
    value.type === 'summary' &&
    typeof value.iterations === 'number' &&
    Array.isArray(value.counts ?? [])
  );
}
