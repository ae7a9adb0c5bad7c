/** A schedule names places; a build numbers them. Here one becomes the other, also after the source has changed. */
import type { RawSchedule, RunConfig } from '../../protocol/run';
import { type RunConditions, SCHEDULE_VERSION, type Schedule, type StepSite } from '../../protocol/schedule';
import type { Site } from '../../protocol/trace';

/** Site ids of one build. Files as they are stored: relative to the module root. */
export type BuildSites = ReadonlyMap<number, Site>;

/** What the schedule was made with. */
export interface ScheduleOrigin {
  package: string;
  test: string;
  sourceHash: string;
  dependencies?: string;
  sites: BuildSites;
}

/** The conditions among what a schedule says. */
export function conditionsOf({ seed, epoch, maxSteps, points, still, stream }: RunConditions): RunConditions {
  const given = { ...(points ? { points } : {}), ...(still ? { still } : {}), ...(stream ? { stream } : {}) };
  return { seed, epoch, maxSteps, ...given };
}

/** The schedule that a test binary wrote, with places instead of numbers. Linear in its steps. */
export function scheduleOf(raw: RawSchedule, origin: ScheduleOrigin): Schedule {
  const sites: StepSite[] = [];
  const indices = new Map<number, number>();
  const indexOf = (id: number): number => {
    const known = indices.get(id);
    if (known !== undefined) return known;
    const site = origin.sites.get(id);
    let index = -1;
    if (site) {
      index = sites.length;
      const { file, line, column, function: enclosing, operation } = site;
      sites.push({ file, line, column, function: enclosing, operation });
    }
    indices.set(id, index);
    return index;
  };
  return {
    version: SCHEDULE_VERSION,
    package: origin.package,
    test: origin.test,
    ...conditionsOf(raw),
    strategy: raw.strategy,
    sourceHash: origin.sourceHash,
    ...(origin.dependencies ? { dependencies: origin.dependencies } : {}),
    preemptions: raw.preemptions,
    steps: raw.steps.map((step) => ({ ...step, site: indexOf(step.site) })),
    ...(raw.points ? { points: raw.points.map(indexOf).filter((index) => index >= 0) } : {}),
    sites,
  };
}

export interface AnchoredSteps {
  /** For RunConfig.steps: site ids of this build, 0 where the place is not known. */
  steps: NonNullable<RunConfig['steps']>;
  /** For RunConfig.points: those that were found again. */
  points: number[];
  /** Places that stand elsewhere now and were found by operation and function. */
  reanchored: number;
  /** Places that were not found; their steps are checked by operation alone. */
  lost: StepSite[];
}

/**
 * Steps for a build. A place is the same when file, line, column and operation agree; else the nearest place of
 * the same file, function and operation stands for it. Linear in steps and sites.
 */
export function anchorSteps(schedule: Schedule, sites: BuildSites): AnchoredSteps {
  const { ids, reanchored, lost } = anchorSites(schedule.sites, sites);
  const steps = schedule.steps.map((step) => ({ ...step, site: step.site < 0 ? 0 : (ids[step.site] ?? 0) }));
  const points = (schedule.points ?? []).map((index) => ids[index] ?? 0).filter((id) => id !== 0);
  return { steps, points, reanchored, lost };
}

/** The ids of places in a build, 0 for those that are lost. */
export function anchorSites(
  places: readonly StepSite[],
  sites: BuildSites,
): Pick<AnchoredSteps, 'reanchored' | 'lost'> & { ids: number[] } {
  const exact = new Map<string, number>();
  const alike = new Map<string, Site[]>();
  for (const site of sites.values()) {
    exact.set(placeOf(site), site.id);
    const key = familyOf(site);
    const family = alike.get(key);
    if (family) family.push(site);
    else alike.set(key, [site]);
  }
  let reanchored = 0;
  const lost: StepSite[] = [];
  const ids = places.map((place) => {
    const same = exact.get(placeOf(place));
    if (same !== undefined) return same;
    const family = alike.get(familyOf(place));
    if (!family) {
      lost.push(place);
      return 0;
    }
    reanchored++;
    const distance = (site: Site) => Math.abs(site.line - place.line) * 1000 + Math.abs(site.column - place.column);
    return family.reduce((best, site) => (distance(site) < distance(best) ? site : best)).id;
  });
  return { ids, reanchored, lost };
}

function placeOf(site: StepSite): string {
  return `${site.file}:${site.line}:${site.column}:${site.operation}`;
}

function familyOf(site: StepSite): string {
  return `${site.file} ${site.function} ${site.operation}`;
}

/** What a test binary says, with places for the sites it names: `(site 12)` becomes `(a.go:7, in f)`. */
export function withPlaces(text: string, sites: BuildSites): string {
  return text.replace(/ \(site (\d+)\)/g, (_, id: string) => {
    const site = sites.get(Number(id));
    return site ? ` (${site.file}:${site.line}, in ${site.function})` : '';
  });
}
