/** Reads a trace in the worker and makes it a run of the page. */
import type { Finding } from '../protocol/finding';
import type { TraceContent } from '../protocol/webview';
import type { Asking } from './asking';
import type { Run } from './runs';
import { spoken } from './words';

/** `number` is the run's in the worker. No run when not even the header can be read. */
export async function openRun(
  asking: Asking,
  number: number,
  { bytes, turns, counts }: TraceContent,
  finding: Finding | undefined,
  about: Pick<Run, 'title' | 'outcome' | 'passed' | 'name'>,
): Promise<{ run?: Run; problems: string[] }> {
  const what = { run: number, bytes, finding, turns, counts, translations: spoken() };
  const opened = await asking.ask('open', what, [bytes.buffer as ArrayBuffer]);
  const { problems, facts, layout, filter, surprises, event } = opened;
  if (!facts || !layout || !filter || !surprises) return { problems };
  const outcome = about.outcome || facts.outcome;
  const hasSteps = turns.length > 0;
  const run: Run = { number, facts, layout, filter, first: filter, surprises, event, hasSteps, ...about, outcome };
  return { run, problems };
}
