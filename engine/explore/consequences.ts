/** What a race leads to: a failure that was found in a run where the racing accesses were scheduling points. */

import { viewsOf } from '../../core/analyse/telling/also-seen';
import { failingIn, fails } from '../../core/analyse/telling/failing';
import { messageOf, withSentences } from '../../core/analyse/telling/phrases';
import type { Finding } from '../../protocol/finding';
import { phrase, type Value } from '../../protocol/phrase';
import type { Schedule } from '../../protocol/schedule';
import { RACE_DETECTOR } from '../run/race-findings';

export const isRace = ({ kind, analysis }: Finding): boolean =>
  (kind === 'data-race' || kind === 'concurrent-map-access') &&
  (analysis.name === 'happens-before' || analysis.name === RACE_DETECTOR);

interface Failure {
  finding: Finding;
  /** `file:line` of the accesses before which its schedule, which holds only switches that it needs, held somebody up. */
  heldUp: ReadonlySet<string>;
}

/** Findings of one test, as they come in any order. */
export class Consequences {
  private readonly races = new Map<string, Finding>();
  private readonly failures: Failure[] = [];

  /** The races that are to be told again, with what they lead to. */
  add(finding: Finding, schedule: Schedule): Finding[] {
    if (isRace(finding)) this.races.set(finding.id, finding);
    else this.failures.push({ finding, heldUp: heldUpIn(schedule) });
    const told: Finding[] = [];
    for (const [id, race] of this.races) {
      const failure = this.failures.find((it) => leadsTo(race, it));
      if (!failure) continue;
      this.races.delete(id);
      told.push(withSentences(race, phrase`In another interleaving it has a consequence: ${whatOf(failure.finding)}.`));
    }
    return told;
  }
}

/** Within a sentence about other interleavings. */
function whatOf(finding: Finding): Value {
  const said = messageOf(finding);
  const failing = failingIn(said);
  if (failing) return fails(failing);
  return typeof said === 'string' ? said.replace(/\.$/, '') : said;
}

const placeOf = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

function heldUpIn({ steps, sites }: Schedule): ReadonlySet<string> {
  const places = new Set<string>();
  for (const [index, { g, op, site }] of steps.entries()) {
    const place = sites[site];
    const isAccess = op === 'read' || op === 'write';
    if (isAccess && place && index > 0 && steps[index - 1]!.g !== g) places.add(placeOf(place));
  }
  return places;
}

/** The failure stands at a racing access, or its schedule held up a goroutine right before such an access. */
function leadsTo(race: Finding, { finding, heldUp }: Failure): boolean {
  const [first] = finding.sites;
  return viewsOf(race)
    .flatMap(({ sites }) => sites.slice(0, 2).map(placeOf))
    .some((place) => heldUp.has(place) || (first !== undefined && placeOf(first) === place));
}
