/** The analyses of a trace, and what they find together. */
import type { Finding } from '../../protocol/finding';
import type { Trace } from '../trace/trace';
import { type Analysis, isWhole, subjectOf } from './analysis';
import { outcome } from './outcome';
import { race } from './racing/race';
import { withViewsOf } from './telling/also-seen';
import { waitgroup } from './waitgroup';
import { deadlock } from './waiting/deadlock';
import { leak } from './waiting/leak';
import { livelock } from './waiting/livelock';
import { stillRunning } from './waiting/still-running';

/** In the order of what they find matters to the user. */
export const ANALYSES: readonly Analysis[] = [deadlock, leak, stillRunning, livelock, outcome, waitgroup, race];

export interface TraceFindings {
  /** At most one for each id. All have verdict `predicted`; the engine confirms what a replay shows again. */
  findings: Finding[];
  /** What kept an analysis from saying more, one sentence each. */
  problems: string[];
}

export interface AnalyseOptions {
  package: string;
  test: string;
  /** Names of the analyses to run; all by default. */
  only?: readonly string[];
}

/**
 * Runs the analyses over one trace whose sites are filled in with relative files (trace/write withSites). Never
 * throws: an analysis that fails becomes a problem.
 */
export function analyseTrace(trace: Trace, options: AnalyseOptions): TraceFindings {
  const { header } = trace;
  const problems: string[] = [];
  if (!isWhole(trace)) {
    const missing = header.events - trace.count + header.dropped;
    problems.push(`The trace lacks its last ${missing} events, so deadlocks and leaks at its end cannot be told.`);
  }
  if (header.sites.length === 0 && (header.siteIds?.length ?? 0) > 0) {
    problems.push('The trace has no positions yet, so findings have none either.');
  }
  if (header.outcome === 'hang') {
    problems.push(`The run ended in code that is not instrumented: ${header.message ?? 'no reason given'}.`);
  }
  if (header.outcome === 'limit') problems.push('The run was stopped at its bound on steps, before its end.');
  const byId = new Map<string, Finding>();
  try {
    const subject = subjectOf(trace, options);
    for (const analysis of ANALYSES) {
      if (options.only && !options.only.includes(analysis.name)) continue;
      for (const finding of analysis.run(subject)) {
        const known = byId.get(finding.id);
        byId.set(finding.id, known ? withViewsOf(known, finding) : finding);
      }
    }
    problems.push(...subject.problems);
  } catch (error) {
    problems.push(`An analysis of the trace failed: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return { findings: [...byId.values()], problems };
}
