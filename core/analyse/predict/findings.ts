/** Predictions as findings: with positions, in the words of the trace. */
import type { Finding, FindingSite } from '../../../protocol/finding';
import { actionAt } from '../../trace/execution/execution';
import { siteAt } from '../../trace/trace';
import { findingId } from '../telling/identity';
import { ANALYSES } from './analyses';
import { phrase } from './phrase';
import type { Prediction, Subject } from './prediction';

export interface ExecutionFindings {
  findings: Finding[];
  /** What was left out, one sentence each. */
  problems: string[];
}

export interface AnalyzeOptions {
  /** File that the execution was read from, as findings name it. */
  file: string;
  /** Names of analyses; all by default. */
  only?: readonly string[];
}

/** More of one analysis are counted instead of told. */
export const MAX_TOLD = 1_000;

export function analyzeExecution(subject: Subject, options: AnalyzeOptions): ExecutionFindings {
  const findings: Finding[] = [];
  const problems: string[] = [];
  for (const { name, predict, find } of ANALYSES) {
    if (options.only && !options.only.includes(name)) continue;
    findings.push(...(find?.(subject) ?? []));
    const predictions = predict(subject);
    for (const prediction of predictions.slice(0, MAX_TOLD)) {
      findings.push(findingOf(subject, options.file, name, prediction));
    }
    problems.push(...tooMany(name, predictions.length));
  }
  return { findings, problems };
}

export const tooMany = (name: string, found: number): string[] =>
  found > MAX_TOLD ? [`${name} found ${found}; only the first ${MAX_TOLD} are told.`] : [];

export function findingOf(subject: Subject, file: string, analysis: string, prediction: Prediction): Finding {
  const { kind, events, reasons, sound, witness } = prediction;
  const { execution, trace, positions } = subject;
  const position = (event: number): number => (positions?.[event] ?? (trace ? execution.source[event]! : event)) + 1;
  const sites = events.map((event) => siteOf(subject, file, event));
  const clauses = events.map((event) => `${phrase(execution, event)} (event ${position(event)})`);
  return {
    id: findingId(
      kind,
      sites.map((site) => ({ file: site.file, line: site.line, function: '', operation: site.operation })),
    ),
    kind,
    verdict: 'predicted',
    message: prediction.standstill ? stopped(clauses) : joined(kind, clauses),
    explanation: [...reasons, ...(witness ? [witnessSentence(witness.map(position), events.map(position))] : [])],
    package: trace?.header.package ?? '',
    ...(trace && trace.header.test !== '' ? { test: trace.header.test } : {}),
    sites,
    analysis: { name: analysis, sound },
    events: events.map(position),
    ...(witness ? { witness: witness.map(position) } : {}),
  };
}

const stopped = (clauses: readonly string[]): string => `${clauses.join(', while ')}: nobody is left to end the wait`;

function joined(kind: Prediction['kind'], clauses: readonly string[]): string {
  const [first = '', ...rest] = clauses;
  switch (kind) {
    case 'deadlock':
      return `${first}, while ${rest.join(', while ')}: each waits for what only the next one can give`;
    case 'goroutine-leak':
      return `${first}: nobody may be there for it any more behind ${rest.join(' and ')}`;
    case 'data-race':
      return `${first} while ${rest.join(' and ')}`;
    default:
      return [first, ...rest].join('; ');
  }
}

/** More steps of a witness are not spelled out. */
const MAX_STEPS = 40;

function witnessSentence(witness: readonly number[], events: readonly number[]): string {
  const shown = witness.length > MAX_STEPS ? ['…', ...witness.slice(-MAX_STEPS)] : witness;
  const before = witness.length === 0 ? 'At the very beginning' : `After the events ${shown.join(', ')}, in this order`;
  return `${before}, ${events.join(' and ')} can come next.`;
}

/** In the source of a Go program; of an STD file, the line of the event. */
function siteOf({ execution, trace }: Subject, file: string, event: number): FindingSite {
  const goroutine = execution.names.threads[execution.thread[event]!] ?? '?';
  const role = phrase(execution, event);
  const operation = actionAt(execution, event);
  const site = trace && siteAt(trace, execution.place[event]!);
  if (site) return { file: site.file, line: site.line, column: site.column, role, goroutine, operation };
  return { file, line: execution.source[event]! + 1, column: 1, role, goroutine, operation };
}
