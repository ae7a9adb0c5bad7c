/** What the runs of a test say may go wrong in others: runs are steered there, and what never came of it is told. */

import { isWhole } from '../../core/analyse/analysis';
import { executionOf } from '../../core/analyse/lowering/lower';
import { analyzeExecution } from '../../core/analyse/predict/findings';
import { targetsIn } from '../../core/analyse/targets';
import type { Finding } from '../../protocol/finding';
import type { Target } from '../../protocol/run';
import type { Evidence } from '../run/evidence';
import type { Course } from './course';

/** Traces that are searched: later ones hardly predict anything else. */
const TRACES = 16;
const LARGEST_TRACE = 20_000;
/** Targets of a test at most: each takes runs from the others. */
const MOST_TARGETS = 16;
/** What these say is certain to be possible, but for locks that are taken for reading, where a writer has to come between. */
const SOUND = ['lock-dependencies-sound'];
const READS = 'read-acquire';

export class Predicted {
  /** In the order found: strategies know them by their place. */
  readonly targets: Target[] = [];
  private readonly known = new Set<string>();
  private readonly findings = new Map<string, { finding: Finding; since: number }>();
  private searched = 0;

  constructor(private readonly course: Course) {}

  /** Takes a run in that was judged. */
  look({ trace }: Evidence): void {
    if (this.searched >= TRACES || trace.count > LARGEST_TRACE || !isWhole(trace)) return;
    this.searched++;
    for (const target of targetsIn(trace)) this.aim(target);
    const { package: found, test } = this.course.subject;
    const { findings } = analyzeExecution({ execution: executionOf(trace), trace }, { file: '', only: SOUND });
    for (const finding of findings) {
      if (this.findings.has(finding.id) || finding.sites.some(({ operation }) => operation === READS)) continue;
      const told = { ...finding, package: found.importPath, test };
      this.findings.set(finding.id, { finding: told, since: this.course.schedules });
    }
  }

  /** Goes on with those of an earlier exploration. */
  restore(targets: readonly Target[]): void {
    for (const target of targets) this.aim(target);
  }

  /** What was predicted and has not been found, with how often it was tried. */
  unconfirmed(found: readonly Finding[]): Finding[] {
    const { schedules, exhausted } = this.course;
    if (exhausted) return [];
    return [...this.findings.values()]
      .filter(({ finding }) => !found.some((other) => isConfirmedBy(finding, other)))
      .map(({ finding, since }) => {
        const tried = (schedules - since).toLocaleString('en');
        const sentence = `It was not met in the ${tried} interleavings that were tried since it was predicted.`;
        return { ...finding, explanation: [...finding.explanation, sentence] };
      });
  }

  private aim(target: Target): void {
    const key = JSON.stringify(target);
    if (this.known.has(key) || this.targets.length >= MOST_TARGETS) return;
    this.known.add(key);
    this.targets.push(target);
  }
}

/** The other happened where this was predicted. */
function isConfirmedBy(predicted: Finding, other: Finding): boolean {
  const places = new Set([other, ...(other.alsoSeen ?? [])].flatMap(({ sites }) => sites.map(placeOf)));
  return other.kind === predicted.kind && predicted.sites.every((site) => places.has(placeOf(site)));
}

const placeOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;
