/** The formats in which an execution can be shown. */
import { actionAt, type Execution, selected, targetName } from '../../trace/execution/execution';
import { writeStd } from '../../trace/execution/std';
import { cell, numberOf, type Showing, shownEvents } from './cells';
import { latexTable } from './latex';
import { markdownTable } from './markdown';
import { perfettoTrace } from './perfetto';

export const FORMATS = ['text', 'markdown', 'latex', 'std', 'perfetto', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export function shown(execution: Execution, format: Format, showing: Showing = {}): string {
  switch (format) {
    case 'text':
      return lines(execution, showing);
    case 'markdown':
      return markdownTable(execution, showing);
    case 'latex':
      return latexTable(execution, showing);
    case 'std':
      return writeStd(selected(execution, shownEvents(execution, showing)));
    case 'perfetto':
      return perfettoTrace(execution, showing);
    case 'json':
      return `${JSON.stringify({ version: 1, events: eventList(execution, showing) }, undefined, 2)}\n`;
  }
}

/** A line for each event: its number, thread, what it does, and where. */
function lines(execution: Execution, showing: Showing): string {
  const { names, thread, place } = execution;
  const events = shownEvents(execution, showing);
  const wide = Math.max(0, ...names.threads.map((name) => name.length));
  const text = events.map((event) => {
    const where = place[event]! < 0 ? '' : names.places[place[event]!]!;
    const beside = showing.column?.of(event) ?? '';
    const number = String(numberOf(event, showing)).padStart(6);
    return `${number} ${names.threads[thread[event]!]!.padEnd(wide)} ${cell(execution, event).padEnd(20)} ${where} ${beside}`.trimEnd();
  });
  return `${text.join('\n')}\n`;
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
