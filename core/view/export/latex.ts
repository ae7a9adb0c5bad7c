/** An array in LaTeX, a column for each thread, with tikz arrows between events. */
import type { Execution } from '../../trace/execution/execution';
import { cell, numberOf, type Showing, shownEvents, shownThreads } from './cells';

const SPECIAL: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};
const escaped = (text: string): string => text.replace(/[\\~^#$%&_{}]/gu, (sign) => SPECIAL[sign] ?? `\\${sign}`);

/** What the document that includes the snippet has to load. */
const PREAMBLE = ['\\usepackage{tikz}', '\\usetikzlibrary{tikzmark}'];

/** Marks are named after `mark`, which is to be another one for each snippet of a document. */
export function latexTable(execution: Execution, showing: Showing = {}, mark = 'trace'): string {
  const events = shownEvents(execution, showing);
  const threads = shownThreads(execution, events);
  const { column, arrows = [] } = showing;
  const shown = new Set(events);
  const drawn = arrows.filter(([from, to]) => shown.has(from) && shown.has(to));
  const marked = new Set(drawn.flat());
  const title = (text: string): string => `\\textbf{${escaped(text)}}`;
  const header = ['', ...threads.map((thread) => title(execution.names.threads[thread]!))];
  if (column) header.push(title(column.title));
  const rows = events.map((event) => {
    const own = `\\textit{${escaped(cell(execution, event))}}`;
    const text = marked.has(event) ? `\\tikzmarknode{${mark}-${event + 1}}{${own}}` : own;
    const cells = threads.map((thread) => (thread === execution.thread[event] ? text : ''));
    return [`${numberOf(event, showing)}.`, ...cells, ...(column ? [escaped(column.of(event))] : [])];
  });
  const lines = [
    ...PREAMBLE.map((line) => `% ${line}`),
    `\\begin{tabular}{r${'l'.repeat(header.length - 1)}}`,
    `  ${header.join(' & ')} \\\\ \\hline`,
    ...rows.map((row) => `  ${row.join(' & ')} \\\\`),
    '\\end{tabular}',
  ];
  if (drawn.length > 0) {
    lines.push('\\begin{tikzpicture}[overlay, remember picture, ->]');
    for (const [from, to] of drawn) lines.push(`  \\draw (${mark}-${from + 1}) to (${mark}-${to + 1});`);
    lines.push('\\end{tikzpicture}');
  }
  return `${lines.join('\n')}\n`;
}
