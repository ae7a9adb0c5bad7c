/** `lockstep check`: static checks, without running anything. */
import { counted } from '../core/report/report';
import { check as checkFiles } from '../engine/check';
import type { Failure } from '../engine/system/attempt';
import type { Context, ExitCode, Verb } from './context';
import type { Flags } from './flags';
import { REPORT_FLAGS, REPORT_USAGE } from './reports';
import { tell } from './tell';

export const check: Verb = {
  name: 'check',
  usage: `check [paths] ${REPORT_USAGE}`,
  summary: 'static checks only: files and directories, the working directory when none is named',
  flags: REPORT_FLAGS,
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, installation, signal } = context;
  const paths = flags.positionals.length > 0 ? flags.positionals : ['.'];
  const result = await checkFiles({ installation, directory, paths, signal });
  if (!result.ok) return result;
  const { findings, files, lines, problems, cancelled } = result.value;
  if (cancelled) terminal.complain('cancelled; this is what was found until then');
  return tell(
    {
      verb: 'check',
      findings,
      problems,
      document: { version: 1, findings, files, lines, problems },
      summary: `${counted(findings.length, 'finding')} in ${counted(files, 'file')}`,
      incomplete: cancelled || problems.length > 0,
    },
    flags,
    context,
  );
}
