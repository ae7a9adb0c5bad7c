/** What one run of a Go program says about others, as far as a reordering shows it: predictions that can be run. */
import type { Finding } from '../../../protocol/finding';
import { siteAt, type Trace } from '../../trace/trace';
import { executionOf } from '../lowering/lower';
import { ANALYSES } from './analyses';
import { findingOf, MAX_TOLD } from './findings';
import type { Subject } from './prediction';

/** In the order in which they are worth being tried: what harms comes before what may. */
const WITH_WITNESS = ['lock-dependencies-sound', 'lock-dependencies', 'channels', 'pwr', 'leaks'];

/** `skip`: of which sites, by their ids in ascending order, nothing is wanted. `steps` bound the search of each analysis. */
export function witnessedFindings(trace: Trace, steps: number, skip: (sites: readonly number[]) => boolean): Finding[] {
  const execution = executionOf(trace);
  const sitesOf = (events: readonly number[]): number[] =>
    events.map((event) => siteAt(trace, execution.place[event]!)?.id ?? 0).sort((a, b) => a - b);
  const search = { steps, skip: (events: readonly number[]) => skip(sitesOf(events)) };
  const told = new Set<string>();
  return WITH_WITNESS.flatMap((name) => {
    const findings = predictionsOf({ execution, trace, search }, name);
    return findings.filter(({ id, witness }) => witness !== undefined && !told.has(id) && told.add(id));
  });
}

/** Only what other runs may show, not what this one has shown itself. */
function predictionsOf(subject: Subject, name: string): Finding[] {
  const predict = ANALYSES.find((analysis) => analysis.name === name)?.predict;
  return (predict?.(subject) ?? []).slice(0, MAX_TOLD).map((prediction) => findingOf(subject, '', name, prediction));
}

/** The other happened where this was predicted. */
export function isConfirmedBy(predicted: Finding, other: Finding): boolean {
  const isAlike = other.kind === predicted.kind || (isStuck(other) && isStuck(predicted));
  if (!isAlike) return false;
  const places = new Set([other, ...(other.alsoSeen ?? [])].flatMap(({ sites }) => sites.map(placeOf)));
  const shown = predicted.sites.filter((site) => places.has(placeOf(site)));
  // Of a send and a close, say, only the one that comes too late may be told.
  // Whoever is left alone comes first.
  if (predicted.kind === 'goroutine-leak') return shown.includes(predicted.sites[0]!);
  // Of all that wait, those are told that wait for each other.
  if (predicted.analysis.name === 'leaks') return shown.length > 0;
  return BOTH_TOLD.has(predicted.kind) ? shown.length === predicted.sites.length : shown.length > 0;
}

const BOTH_TOLD: ReadonlySet<Finding['kind']> = new Set<Finding['kind']>(['deadlock', 'data-race']);

/** Whether those that wait for each other are a deadlock or a leak depends on whether the test waits for them too. */
const isStuck = ({ kind }: Finding): boolean => kind === 'deadlock' || kind === 'goroutine-leak';

const placeOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;
