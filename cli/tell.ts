/** What a verb found: written as reports, printed, and turned into an exit code. */
import { separated } from '../core/report/intended';
import { withIntended } from '../engine/intended';
import type { Failure } from '../engine/system/attempt';
import type { Finding } from '../protocol/finding';
import { type Context, EXIT, type ExitCode } from './context';
import { describeFindings, describeIntended } from './describe';
import type { Flags } from './flags';
import { type Reported, writeReports } from './reports';

export interface Told extends Reported {
  /** What `--json` prints, but for its findings. */
  document: object;
  /** What comes behind the findings, which know by then which of them are intended; empty: nothing. */
  summary: (findings: readonly Finding[]) => string;
  /** Not all of the work could be done, or it was cancelled. */
  incomplete: boolean;
}

export async function tell(told: Told, flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { problems, document, incomplete } = told;
  const { terminal } = context;
  const judged = await withIntended(told.findings, context.directory);
  const { findings } = judged;
  for (const problem of [...problems, ...judged.problems]) terminal.complain(problem);
  const reports = await writeReports({ ...told, findings }, flags, context);
  const { open, intended } = separated(findings);
  if (flags.switches.has('json')) terminal.print(JSON.stringify({ ...document, findings }, null, 2));
  else {
    const texts = [...(await describeFindings(open, context.directory)), ...intended.map(describeIntended)];
    for (const text of texts) terminal.print(`${text}\n`);
    const summary = told.summary(findings);
    if (summary !== '') terminal.print(summary);
  }
  if (!reports.ok) return reports;
  if (open.length > 0) return EXIT.found;
  return incomplete ? EXIT.failed : EXIT.clean;
}
