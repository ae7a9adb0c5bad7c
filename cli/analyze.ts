/** `lockstep analyze`: what recorded traces show, and what they foretell. */

import { ANALYSES } from '../core/analyse/predict/analyses';
import { countedFindings } from '../core/report/report';
import { analyze as analyzeFiles } from '../engine/analyze';
import { type Failure, failed } from '../engine/system/attempt';
import { english, type Phrase } from '../protocol/phrase';
import type { Context, ExitCode, Verb } from './context';
import type { Flags } from './flags';
import { REPORT_FLAGS, REPORT_USAGE } from './reports';
import { tell } from './tell';

const NAMES = ANALYSES.map(({ name }) => name);

export const analyze: Verb = {
  name: 'analyze',
  usage: `analyze TRACE… [--analysis LIST] [--confirm [--tags LIST]] ${REPORT_USAGE}`,
  summary: `predict races and deadlocks from traces, our own or RAPID's STD files; analyses: ${NAMES.join(', ')}, all`,
  flags: { ...REPORT_FLAGS, analysis: 'value', confirm: 'switch', tags: 'value' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { positionals, text, switches } = flags;
  const { directory, installation, signal, terminal } = context;
  if (positionals.length === 0) return failed('say which traces to analyze: lockstep analyze TRACE…');
  const named = (text.get('analysis') ?? 'all').split(',').map((name) => name.trim());
  const unknown = named.find((name) => name !== 'all' && !NAMES.includes(name));
  if (unknown !== undefined) return failed(`--analysis takes ${NAMES.join(', ')}, all, not "${unknown}"`);
  const only = named.includes('all') ? undefined : named;
  const onStep = (step: Phrase) => terminal.status(`${english(step)} …`);
  const confirm = switches.has('confirm') ? { installation, tags: text.get('tags'), signal, onStep } : undefined;
  const result = await analyzeFiles({ files: positionals, directory, only, confirm });
  if (!result.ok) return result;
  const { findings, traces, problems } = result.value;
  const events = traces.reduce((sum, trace) => sum + trace.events, 0);
  return tell(
    {
      verb: 'analyze',
      findings,
      problems,
      document: { version: 1, findings, traces, problems },
      summary: (all) => `${countedFindings(all)} in ${events.toLocaleString('en')} events`,
      incomplete: false,
    },
    flags,
    context,
  );
}
