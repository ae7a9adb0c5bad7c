/** What a verb found: written as reports, printed, and turned into an exit code. */
import type { Failure } from '../engine/system/attempt';
import { type Context, EXIT, type ExitCode } from './context';
import { describeFindings } from './describe';
import type { Flags } from './flags';
import { type Reported, writeReports } from './reports';

export interface Told extends Reported {
  /** What `--json` prints. */
  document: unknown;
  /** What comes behind the findings; empty: nothing. */
  summary: string;
  /** Not all of the work could be done, or it was cancelled. */
  incomplete: boolean;
}

export async function tell(told: Told, flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { findings, problems, document, summary, incomplete } = told;
  const { terminal } = context;
  for (const problem of problems) terminal.complain(problem);
  const reports = await writeReports(told, flags, context);
  if (flags.switches.has('json')) terminal.print(JSON.stringify(document, null, 2));
  else {
    for (const text of await describeFindings(findings, context.directory)) terminal.print(`${text}\n`);
    if (summary !== '') terminal.print(summary);
  }
  if (!reports.ok) return reports;
  if (findings.length > 0) return EXIT.found;
  return incomplete ? EXIT.failed : EXIT.clean;
}
