/** What a race leads to: a failure that was found in a run where the racing accesses were scheduling points. */
import type { Finding } from '../../protocol/finding';
import type { Evidence } from '../run/evidence';
import { RACE_DETECTOR } from '../run/race-findings';

export const isRace = ({ kind, analysis }: Finding): boolean =>
  (kind === 'data-race' || kind === 'concurrent-map-access') &&
  (analysis.name === 'happens-before' || analysis.name === RACE_DETECTOR);

/** Findings of one test, as they come in any order. */
export class Consequences {
  private readonly races = new Map<string, { finding: Finding; evidence: Evidence }>();
  private readonly failures: { finding: Finding; evidence: Evidence }[] = [];

  /** The races that are to be told again, with what they lead to. */
  add(finding: Finding, evidence: Evidence): { finding: Finding; evidence: Evidence }[] {
    if (isRace(finding)) this.races.set(finding.id, { finding, evidence });
    else this.failures.push({ finding, evidence });
    const told: { finding: Finding; evidence: Evidence }[] = [];
    for (const [id, race] of this.races) {
      const failure = this.failures.find((it) => leadsTo(race.finding, it.finding, it.evidence));
      if (!failure) continue;
      this.races.delete(id);
      const what = failure.finding.message.replace(' in this interleaving', '').replace(/\.$/, '');
      const sentence = `In another interleaving it has a consequence: ${what}.`;
      told.push({
        ...race,
        finding: { ...race.finding, explanation: [...race.finding.explanation, sentence] },
      });
    }
    return told;
  }
}

/**
 * The failure stands at a racing access, or its schedule, which holds only switches that it needs, has one right
 * before such an access: there its goroutine was held up.
 */
function leadsTo(race: Finding, failure: Finding, { schedule }: Evidence): boolean {
  const places = new Set(race.sites.slice(0, 2).map(({ file, line }) => `${file}:${line}`));
  const isRaced = (place: { file: string; line: number } | undefined): boolean =>
    place !== undefined && places.has(`${place.file}:${place.line}`);
  return (
    isRaced(failure.sites[0]) ||
    schedule.steps.some(({ g, op, site }, index) => {
      const isAccess = op === 'read' || op === 'write';
      return isAccess && index > 0 && schedule.steps[index - 1]!.g !== g && isRaced(schedule.sites[site]);
    })
  );
}
