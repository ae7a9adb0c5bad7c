/** A table in Markdown: a row for each event, a column for each thread. */
import type { Execution } from '../../trace/execution/execution';
import { cell, numberOf, type Showing, shownEvents, shownThreads } from './cells';

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');

export function markdownTable(execution: Execution, showing: Showing = {}): string {
  const events = shownEvents(execution, showing);
  const threads = shownThreads(execution, events);
  const { column } = showing;
  const header = ['', ...threads.map((thread) => execution.names.threads[thread]!), ...(column ? [column.title] : [])];
  const rows = events.map((event) => [
    `${numberOf(event, showing)}.`,
    ...threads.map((thread) => (thread === execution.thread[event] ? cell(execution, event) : '')),
    ...(column ? [column.of(event)] : []),
  ]);
  const table = [header, ...rows].map((row) => row.map(escaped));
  const widths = header.map((_, at) => Math.max(3, ...table.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((text, at) => text.padEnd(widths[at]!)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return `${[line(table[0]!), rule, ...table.slice(1).map(line)].join('\n')}\n`;
}
