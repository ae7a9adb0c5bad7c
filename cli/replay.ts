/** `lockstep replay`: shows a stored finding again, as often as wanted. */

import { type ReplayResult, replay as replayFinding, type StuckStack } from '../engine/replay/replay';
import { fileSeenFrom } from '../engine/run/positions';
import { type Failure, failed } from '../engine/system/attempt';
import { relativePath } from '../engine/system/files';
import { english } from '../protocol/phrase';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { debug } from './debug';
import { describeFindings } from './describe';
import type { Flags } from './flags';
import { FINDING_FLAGS, FINDING_USAGE, findingOf, readTimes } from './stored-finding';

export const replay: Verb = {
  name: 'replay',
  usage: `replay FINDING [--debug] ${FINDING_USAGE}`,
  summary: 'replay a stored finding (an id, or the path of its file); exit code 1: every time, 3: not every time',
  flags: { ...FINDING_FLAGS, debug: 'switch' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory } = context;
  const times = readTimes(flags);
  if (!times.ok) return times;
  const stored = await findingOf('replay', flags, context);
  if (!stored.ok) return stored;
  if (flags.switches.has('debug')) return debug(stored.value.options, context);
  const result = await replayFinding({
    ...stored.value.options,
    times: times.value,
    onReplay: (done, reproduced) => terminal.status(`replay ${done} of ${times.value}, shown ${reproduced} times`),
  });
  if (!result.ok) return result;
  const value = inEnglish(result.value);
  const finding = stored.value.seen(value.finding);
  const trace = value.trace === undefined ? undefined : relativePath(directory, value.trace);
  if (value.problem !== undefined) terminal.complain(value.problem);
  if (value.cancelled) terminal.complain(`cancelled after ${value.times} of ${times.value} replays`);
  if (flags.switches.has('json')) {
    terminal.print(JSON.stringify({ version: 1, ...value, finding, trace }, null, 2));
  } else {
    const lines = [...(await describeFindings([finding], directory)), ''];
    if (value.sourceChanged) {
      const moved =
        value.reanchored === 1 ? '1 place of the schedule was' : `${value.reanchored} places of the schedule were`;
      lines.push(`The source has changed since it was found; ${moved} found again elsewhere.`);
    }
    lines.push(`Shown again in ${value.reproduced} of ${value.times} replays.`);
    if (value.instead !== undefined) lines.push(`What a replay showed instead: ${value.instead}.`);
    if (value.divergence) lines.push(`Where a replay first differed: ${value.divergence.sentence}.`);
    lines.push(
      ...stacksOf(value.stacks ?? [], (file) => fileSeenFrom(file, stored.value.options.moduleDirectory, directory)),
    );
    if (trace !== undefined) lines.push(`Trace of the newest: lockstep trace print ${trace}`);
    terminal.print(lines.join('\n'));
  }
  if (value.cancelled) return EXIT.failed;
  if (value.reproduced === 0 && value.divergence && !value.sourceChanged) {
    return failed(`the schedule does not fit its test: ${value.divergence.sentence}`);
  }
  return value.reproduced === value.times ? EXIT.found : EXIT.unsteady;
}

function stacksOf(stacks: readonly StuckStack[], seen: (file: string) => string): string[] {
  if (stacks.length === 0) return [];
  const lines = stacks.flatMap(({ goroutine, waits, calls }) => [
    `  goroutine ${goroutine} ${waits}`,
    ...calls.map(({ function: name, file, line, outside }) => `    ${outside ? file : seen(file)}:${line}: ${name}`),
  ]);
  return ['Where those stand who wait for ever:', ...lines];
}

function inEnglish({ divergence, instead, problem, ...others }: ReplayResult) {
  return {
    ...others,
    ...(divergence ? { divergence: { ...divergence, sentence: english(divergence.sentence) } } : {}),
    ...(instead === undefined ? {} : { instead: english(instead) }),
    ...(problem === undefined ? {} : { problem: english(problem) }),
  };
}
