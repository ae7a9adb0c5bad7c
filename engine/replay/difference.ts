/** Where a run first did not follow its schedule, and why: what the test binary says of it (tracer/runtime/replay.go). */
import { type Phrase, phrase, type Value } from '../../protocol/phrase';
import type { RunLine } from '../../protocol/run';
import { type BuildSites, withPlaces } from '../run/schedule-sites';

/** `do "lock"`, and where. */
const DOES = String.raw`do ("\w*(?:-\w+)*"(?: \(.*?\))?)`;
const STEP = /^step (\d+) differs: (.*)$/su;
const WANTED = new RegExp(
  String.raw`^goroutine (\S+) was to ${DOES}(?:, but (.*)| with case (\d+), which is not ready)$`,
  'su',
);
const OTHER = new RegExp(`^(waits to|is about to) ${DOES}$`, 'su');

/** Places instead of the numbers of sites. */
export function differenceOf({ message }: Pick<RunLine, 'message'>, sites: BuildSites): Value {
  if (message === undefined) return phrase`the run took another course`;
  const said = withPlaces(message, sites);
  const [, step, why] = STEP.exec(said) ?? [];
  return step === undefined || why === undefined ? said : phrase`step ${step} differs: ${reasonOf(why)}`;
}

function reasonOf(why: string): Value {
  if (why === 'time was to pass, but no timer is set') return phrase`time was to pass, but no timer is set`;
  const [, goroutine, does, instead, which] = WANTED.exec(why) ?? [];
  if (goroutine === undefined || does === undefined) return why;
  return instead === undefined
    ? phrase`goroutine ${goroutine} was to do ${does} with case ${which ?? ''}, which is not ready`
    : phrase`goroutine ${goroutine} was to do ${does}, but ${insteadOf(instead)}`;
}

function insteadOf(instead: string): Value {
  const [, how, does] = OTHER.exec(instead) ?? [];
  if (does !== undefined) return how === 'waits to' ? phrase`waits to do ${does}` : phrase`is about to do ${does}`;
  return INSTEAD.get(instead) ?? instead;
}

const INSTEAD: ReadonlyMap<string, Phrase> = new Map([
  ['has ended', phrase`has ended`],
  ['is in code that is not instrumented', phrase`is in code that is not instrumented`],
  ['cannot go on', phrase`cannot go on`],
  ['there is no such goroutine', phrase`there is no such goroutine`],
]);
