/** The formats in which an execution can be shown. */
import { actionAt, type Execution, targetName } from '../../trace/execution/execution';
import { stdLines } from '../../trace/execution/std';
import { cell, numberOf, type Showing, shownEvents } from './cells';
import { latexTable } from './latex';
import { markdownTable } from './markdown';
import { perfettoTrace } from './perfetto';

export const FORMATS = ['text', 'markdown', 'latex', 'std', 'perfetto', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export const shown = (execution: Execution, format: Format, showing: Showing = {}): string =>
  [...shownPieces(execution, format, showing)].join('');

/** The same in pieces, none of them large where the format allows it: a long execution is more than a string can hold. */
export function* shownPieces(execution: Execution, format: Format, showing: Showing = {}): Generator<string> {
  if (format === 'text') yield* gathered(lines(execution, showing));
  else if (format === 'std') yield* gathered(stdLines(execution, showing.events));
  else yield whole(execution, format, showing);
}

/** Length of a piece. */
const PIECE = 1 << 16;

function* gathered(lines: Iterable<string>): Generator<string> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function whole(execution: Execution, format: Exclude<Format, 'text' | 'std'>, showing: Showing): string {
  switch (format) {
    case 'markdown':
      return markdownTable(execution, showing);
    case 'latex':
      return latexTable(execution, showing);
    case 'perfetto':
      return perfettoTrace(execution, showing);
    case 'json':
      return `${JSON.stringify({ version: 1, events: eventList(execution, showing) }, undefined, 2)}\n`;
  }
}

/** A line for each event: its number, thread, what it does, and where. */
function* lines(execution: Execution, showing: Showing): Generator<string> {
  const { names, thread, place } = execution;
  const wide = names.threads.reduce((most, name) => Math.max(most, name.length), 0);
  for (const event of showing.events ?? thread.keys()) {
    const where = place[event]! < 0 ? '' : names.places[place[event]!]!;
    const beside = showing.column?.of(event) ?? '';
    const number = String(numberOf(event, showing)).padStart(6);
    const what = `${names.threads[thread[event]!]!.padEnd(wide)} ${cell(execution, event).padEnd(20)}`;
    yield `${`${number} ${what} ${where} ${beside}`.trimEnd()}\n`;
  }
}

export interface ListedEvent {
  event: number;
  thread: string;
  action: string;
  target?: string;
  place?: string;
  /** What the column says, when one was asked for. */
  before?: string;
}

export function eventList(execution: Execution, showing: Showing = {}): ListedEvent[] {
  const { names, thread, place } = execution;
  return shownEvents(execution, showing).map((event) => {
    const listed: ListedEvent = {
      event: numberOf(event, showing),
      thread: names.threads[thread[event]!]!,
      action: actionAt(execution, event),
    };
    const target = targetName(execution, event);
    if (target !== '') listed.target = target;
    if (place[event]! >= 0) listed.place = names.places[place[event]!]!;
    if (showing.column) listed.before = showing.column.of(event);
    return listed;
  });
}
