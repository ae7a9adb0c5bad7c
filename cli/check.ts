/** `lockstep check`: static checks, without running anything. */
import { check as checkFiles } from '../engine/check';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { describeFinding } from './describe';
import { readFlags } from './flags';

export const check: Verb = {
  name: 'check',
  usage: 'check [paths] [--json]',
  summary: 'static checks only: files and directories, the working directory when none is named',
  run,
};

async function run(args: string[], context: Context): Promise<ExitCode> {
  const { terminal, directory, installation, signal } = context;
  const flags = readFlags(args, { json: 'switch' });
  if (!flags.ok) {
    terminal.complain(flags.problem);
    return EXIT.failed;
  }
  const { positionals, switches } = flags.value;
  const paths = positionals.length > 0 ? positionals : ['.'];
  const result = await checkFiles({ installation, directory, paths, signal });
  if (!result.ok) {
    terminal.complain(result.problem);
    return EXIT.failed;
  }
  const { findings, files, problems, cancelled } = result.value;
  for (const problem of problems) terminal.complain(problem);
  if (cancelled) terminal.complain('cancelled; this is what was found until then');
  if (switches.has('json')) {
    terminal.print(JSON.stringify({ version: 1, findings, files, problems }, null, 2));
  } else {
    for (const finding of findings) terminal.print(`${await describeFinding(finding, directory)}\n`);
    const found = findings.length === 1 ? '1 finding' : `${findings.length || 'no'} findings`;
    terminal.print(`${found} in ${files} ${files === 1 ? 'file' : 'files'}`);
  }
  if (findings.length > 0) return EXIT.found;
  return cancelled || problems.length > 0 ? EXIT.failed : EXIT.clean;
}
