/** `lockstep check`: static checks, without running anything. */

import { counted, countedFindings } from '../core/report/report';
import { CHECKS } from '../core/static/checks';
import { check as checkFiles } from '../engine/check';
import { type Attempt, type Failure, failed, succeeded } from '../engine/system/attempt';
import { CHECK_SEVERITIES, type CheckSeverity } from '../protocol/settings';
import type { Context, ExitCode, Verb } from './context';
import { type Flags, readWord } from './flags';
import { REPORT_FLAGS, REPORT_USAGE } from './reports';
import { tell } from './tell';

export const check: Verb = {
  name: 'check',
  usage: `check [paths] [--severity CHECK=LEVEL,…] ${REPORT_USAGE}`,
  summary: 'static checks only: files, packages and DIR/..., which is ./... when none is named; LEVEL may be off',
  flags: { ...REPORT_FLAGS, severity: 'value' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal, directory, installation, signal } = context;
  const paths = flags.positionals.length > 0 ? flags.positionals : ['./...'];
  const severities = readSeverities(flags.text.get('severity') ?? '');
  if (!severities.ok) return severities;
  const result = await checkFiles({ installation, directory, paths, severities: severities.value, signal });
  if (!result.ok) return result;
  const { findings, files, lines, problems, cancelled } = result.value;
  if (cancelled) terminal.complain('cancelled; this is what was found until then');
  return tell(
    {
      verb: 'check',
      findings,
      problems,
      document: { version: 1, findings, files, lines, problems },
      summary: (all) => `${countedFindings(all)} in ${counted(files, 'file')}`,
      incomplete: cancelled || problems.length > 0,
    },
    flags,
    context,
  );
}

/** `busy-loop=off,atomic=error`. */
function readSeverities(text: string): Attempt<Record<string, CheckSeverity>> {
  const severities: Record<string, CheckSeverity> = {};
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', level = ''] = part.split('=');
    if (!CHECKS.some((one) => one.name === name)) return failed(`--severity: there is no check "${name}"`);
    const word = readWord('severity', level, CHECK_SEVERITIES);
    if (!word.ok) return word;
    severities[name] = word.value;
  }
  return succeeded(severities);
}
