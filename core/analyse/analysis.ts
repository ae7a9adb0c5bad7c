/** What every analysis of a trace is given, and how it builds findings. */

import type { Finding, FindingKind, FindingSite } from '../../protocol/finding';
import { english, type Phrase, phrase } from '../../protocol/phrase';
import type { Operation, Site } from '../../protocol/trace';
import { namesOf, type TraceNames } from '../trace/names';
import { eventAt, type Trace } from '../trace/trace';
import { type History, historyOf, madeSite, shownSite, startSite } from './facts/history';
import { stateAfter, type TraceState } from './facts/state';
import { findingId, type IdentitySite } from './telling/identity';
import { testOfFinding } from './telling/subtests';
import { explanationOf, phrasesOf, type Told } from './telling/told';
import { type WaitForGraph, waitForGraph } from './waiting/wait-for';

/** A trace with what the analyses share: computed once. */
export interface Subject {
  trace: Trace;
  names: TraceNames;
  history: History;
  /** After the last event. */
  end: TraceState;
  graph: WaitForGraph;
  package: string;
  test: string;
  /** What kept an analysis from saying more, one sentence each; analyses add to it. */
  problems: string[];
}

export interface Analysis {
  /** As in Finding.analysis. */
  name: string;
  /** Whether what it reports is certain to be possible in the program as traced. */
  sound: boolean;
  run(subject: Subject): Finding[];
}

export function subjectOf(trace: Trace, of: { package: string; test: string }): Subject {
  const history = historyOf(trace);
  const end = stateAfter(trace);
  return { trace, names: namesOf(trace), history, end, graph: waitForGraph(trace, end, history), ...of, problems: [] };
}

/** The end of the run is in the trace: nothing was cut off or dropped. */
export const isWhole = (trace: Trace): boolean => trace.header.dropped === 0 && trace.count === trace.header.events;

export const pathOf = (trace: Trace, goroutine: number): string => trace.header.goroutines[goroutine]?.path ?? '?';

/** Index of the test's own goroutine; -1 when the trace has none. */
export const testGoroutine = (trace: Trace): number => trace.header.goroutines.findIndex(({ path }) => path === '1');

/** Until it is part of a finding a site has the words of its role with it. */
export interface TellingSite extends FindingSite {
  said: Phrase;
}

export const written = ({ said, ...site }: TellingSite): FindingSite => site;

export function siteFrom(site: Site, role: Phrase, operation: Operation, goroutine?: string): TellingSite {
  const { file, line, column } = site;
  return {
    file,
    line,
    column,
    role: english(role),
    said: role,
    operation,
    ...(goroutine === undefined ? {} : { goroutine }),
  };
}

/** The site of an event, or of the nearest one in the user's code; nothing when there is none. */
export function eventSite(subject: Subject, index: number, role: Phrase): TellingSite[] {
  const shown = shownSite(subject.trace, subject.history, index);
  if (!shown) return [];
  const event = eventAt(subject.trace, shown.event);
  return [siteFrom(shown.site, role, event.operation, pathOf(subject.trace, event.goroutine))];
}

/** Where the goroutine was started, when the user's code did it. Nobody's code starts the test's own. */
export function startedSite(subject: Subject, goroutine: number): TellingSite[] {
  if (goroutine === testGoroutine(subject.trace)) return [];
  const site = startSite(subject.trace, subject.history, goroutine);
  const path = pathOf(subject.trace, goroutine);
  return site ? [siteFrom(site, phrase`goroutine ${path} was started here`, 'go', path)] : [];
}

/** Where the channel was made, when the user's code did it. */
export function channelMadeSite(subject: Subject, object: number): TellingSite[] {
  const made = madeSite(subject.trace, object);
  return made
    ? [siteFrom(made.site, phrase`${subject.names.objects[object] ?? '?'} was made here`, made.operation)]
    : [];
}

/** What identifies an event: its shown site, without the goroutine. */
export function identityOf(subject: Subject, index: number, operation?: string): IdentitySite[] {
  const shown = shownSite(subject.trace, subject.history, index);
  if (!shown) return [];
  const { file, line, function: name } = shown.site;
  return [{ file, line, function: name, operation: operation ?? eventAt(subject.trace, shown.event).operation }];
}

/** Sites of one position and role are listed once. */
export function distinctSites<S extends FindingSite>(sites: readonly S[]): S[] {
  const seen = new Set<string>();
  return sites.filter((site) => {
    const key = JSON.stringify([site.file, site.line, site.column, site.role]);
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * A finding that is not confirmed yet: what a trace shows is `predicted` until the engine has replayed its schedule
 * and seen it again, also where it happened in the very run the trace is of.
 */
export function findingOf(
  subject: Subject,
  analysis: Pick<Analysis, 'name' | 'sound'>,
  parts: {
    kind: FindingKind;
    message: Phrase;
    explanation: readonly Told[];
    sites: TellingSite[];
    identity: IdentitySite[];
  },
): Finding {
  const sites = distinctSites(parts.sites);
  return {
    id: findingId(parts.kind, parts.identity),
    kind: parts.kind,
    verdict: 'predicted',
    message: english(parts.message),
    ...explanationOf(parts.explanation),
    package: subject.package,
    ...(subject.test === '' ? {} : { test: testOfFinding(subject.trace, subject.test, parts) }),
    sites: sites.map(written),
    analysis: { name: analysis.name, sound: analysis.sound },
    ...(subject.trace.header.foreign ? { foreign: true } : {}),
    phrases: [parts.message, ...phrasesOf(parts.explanation), ...sites.map(({ said }) => said)],
  };
}
