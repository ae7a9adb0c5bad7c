import type { Finding } from '../protocol/finding';
import { type Attempt, failed } from './attempt';
import type { Installation } from './installation';

export interface CheckOptions {
  installation: Installation;
  /** Findings' files are relative to this. Absolute. */
  directory: string;
  /** Files and directories, absolute or relative to `directory`; a trailing `/...` is the same as the directory. */
  paths: string[];
  signal?: AbortSignal;
}

export interface CheckResult {
  findings: Finding[];
  /** Files checked. */
  files: number;
  /** One sentence for each path or file that could not be read. */
  problems: string[];
  cancelled: boolean;
}

/** Static checks over files. Fails when the parser cannot be loaded. */
export async function check(_options: CheckOptions): Promise<Attempt<CheckResult>> {
  return failed('Static checks are not available in this version.');
}
