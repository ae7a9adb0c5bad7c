/** `lockstep minimise`: looks for a smaller schedule that shows a stored finding. */
import { counted } from '../core/report/report';
import { minimise as minimiseFinding } from '../engine/replay/minimise';
import type { Failure } from '../engine/system/attempt';
import type { ScheduleSize } from '../protocol/messages';
import { MINIMISE_SECONDS } from '../protocol/settings';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { describeFindings } from './describe';
import { type Flags, readSeconds } from './flags';
import { FINDING_FLAGS, FINDING_USAGE, findingOf, readTimes } from './stored-finding';

export const minimise: Verb = {
  name: 'minimise',
  usage: `minimise FINDING [--budget ${MINIMISE_SECONDS}s] ${FINDING_USAGE}`,
  summary: 'look for a schedule of a stored finding with fewer preemptions, or fewer steps, and keep it',
  flags: { ...FINDING_FLAGS, budget: 'value' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal } = context;
  const seconds = readSeconds(flags.text.get('budget') ?? `${MINIMISE_SECONDS}s`);
  if (!seconds.ok) return seconds;
  const replays = readTimes(flags);
  if (!replays.ok) return replays;
  const stored = await findingOf('minimise', flags, context);
  if (!stored.ok) return stored;
  const result = await minimiseFinding({
    ...stored.value.options,
    seconds: seconds.value,
    replays: replays.value,
    onTried: (candidates) => terminal.status(`${counted(candidates, 'schedule')} tried …`),
  });
  if (!result.ok) return result;
  const { before, after, tried, cancelled } = result.value;
  const finding = stored.value.seen(result.value.finding);
  if (cancelled) terminal.complain('cancelled; the schedule stays as it was');
  if (flags.switches.has('json')) {
    terminal.print(JSON.stringify({ version: 1, ...result.value, finding }, null, 2));
  } else {
    const same = before.preemptions === after.preemptions && before.steps === after.steps;
    const [text] = await describeFindings([finding], context.directory);
    const was = same ? `stays as it was, ${sized(before)}` : `has ${sized(after)} now; it had ${sized(before)}`;
    terminal.print(`${text}\n\nThe schedule ${was} (${counted(tried, 'schedule')} tried).`);
  }
  return cancelled ? EXIT.failed : EXIT.clean;
}

const sized = ({ preemptions, steps }: ScheduleSize): string =>
  `${counted(preemptions, 'preemption')} and ${counted(steps, 'step')}`;
