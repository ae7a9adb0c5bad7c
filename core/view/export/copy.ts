/** What the trace page copies: a trace of a Go program as text for papers, issues and other tools. */
import { type Phrase, phrase } from '../../../protocol/phrase';
import { executionOf } from '../../analyse/lowering/lower';
import type { Execution } from '../../trace/execution/execution';
import type { Trace } from '../../trace/trace';
import type { Showing } from './cells';
import { type Format, shown } from './formats';
import { relationArrows } from './relation';

export const COPY_FORMATS: readonly { format: Format; label: Phrase }[] = [
  { format: 'markdown', label: phrase`Markdown table` },
  { format: 'latex', label: phrase`LaTeX with arrows (tikz)` },
  { format: 'std', label: phrase`STD (RAPID)` },
  { format: 'perfetto', label: phrase`Perfetto (Chrome trace JSON)` },
];

export interface CopyOptions {
  /** Indices of the events of the trace to copy; all by default. */
  events?: readonly number[];
}

/** Longer executions get no arrows in LaTeX: they grow with the square of the number of events. */
const MAX_ARROWS = 2_000;

/** Events are numbered by their places in the trace, from 1; those that order nothing are left out. */
export function copied(trace: Trace, format: Format, { events }: CopyOptions = {}): string {
  const execution = executionOf(trace);
  const showing: Showing = { number: positionsIn(execution, trace) };
  if (events) {
    const wanted = new Set(events);
    showing.events = [...execution.source.keys()].filter((event) => wanted.has(execution.source[event]!));
  }
  if (format === 'latex' && execution.count <= MAX_ARROWS) showing.arrows = relationArrows(execution, 'hb');
  return shown(execution, format, showing);
}

/** Positions in the trace, from 1: an event of a Go program may be several actions, or none. */
export const positionsIn =
  ({ source }: Execution, trace: Trace | undefined): ((event: number) => number) =>
  (event) =>
    (trace ? source[event]! : event) + 1;
