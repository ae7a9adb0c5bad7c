/** Goroutine leak: the test has returned, and a goroutine it started is blocked for ever, in no cycle. */

import type { Finding } from '../../../protocol/finding';
import { capitalised, phrase } from '../../../protocol/phrase';
import { ABSENT } from '../../trace/trace';
import {
  type Analysis,
  channelMadeSite,
  eventSite,
  findingOf,
  identityOf,
  type Subject,
  startedSite,
  testGoroutine,
} from '../analysis';
import { startedInternally, usersOf } from '../facts/history';
import { explain, nameSome, wordingOf } from '../telling/explain';
import type { IdentitySite } from '../telling/identity';
import { goroutineName, objectName, waitClause, waitRole } from '../telling/wording';
import { edgesFrom, reaching } from './cycles';
import { abandonedLock, abandonedLockSite, nobody } from './deadlock';
import { knownCycles, knownEdges } from './known-cycles';
import { lastHelp, lastHelpSites } from './last-help';
import { certainty, stuckWaits } from './stuck';
import type { Wait } from './wait-for';

export const leak: Analysis = { name: 'leak', sound: true, run: leaks };

function leaks(subject: Subject): Finding[] {
  if (certainty(subject) !== 'all' || !(subject.end.returned || subject.trace.header.returned)) return [];
  const edges = knownEdges(subject);
  const inCycle = new Set(knownCycles(subject).flatMap(({ members }) => members));
  const stuck = stuckWaits(subject).filter(({ goroutine }) => goroutine !== testGoroutine(subject.trace));
  const isStuck = new Set([...inCycle, ...stuck.map(({ goroutine }) => goroutine)]);
  const told = new Set<string>();
  return stuck.flatMap((wait) => {
    const { goroutine } = wait;
    if (inCycle.has(goroutine) || startedInternally(subject.trace, subject.history, goroutine)) return [];
    // Whoever waits for another stuck goroutine is that one's victim and named there. Only the stuck lead further.
    if (edgesFrom(edges, goroutine).some(({ to }) => to !== goroutine && isStuck.has(to))) return [];
    // A thousand workers stuck at one line are one finding.
    const identity = identityOf(subject, wait.event);
    const key = JSON.stringify(identity);
    if (told.has(key)) return [];
    told.add(key);
    const behind = reaching([goroutine], edges);
    const victims = stuck.filter((it) => it.goroutine !== goroutine && behind.has(it.goroutine));
    return [leakFinding(subject, wait, victims, identity)];
  });
}

function leakFinding(subject: Subject, wait: Wait, victims: readonly Wait[], identity: IdentitySite[]): Finding {
  const wording = wordingOf(subject);
  const { held } = subject.end.goroutines[wait.goroutine]!;
  const reason = nobody(subject, wait);
  const made = wait.objects.flatMap(({ object }) => channelMadeSite(subject, object));
  const events = [
    subject.history.startedBy[wait.goroutine] ?? ABSENT,
    ...wait.objects.flatMap(({ object }) => [...usersOf(subject.history, object, 'make').values()]),
    ...held.map(({ event }) => event),
    ...lastHelp(subject, wait),
    ...abandonedLock(subject, wait),
    wait.event,
  ];
  const explanation = [
    ...explain(subject, events),
    phrase`The test has returned, and ${reason}; ${goroutineName(wording, wait.goroutine)} stays for as long as the process.`,
  ];
  if (victims.length > 0) {
    explanation.push(
      phrase`Stuck behind it: ${nameSome(
        subject,
        victims.map(({ goroutine }) => goroutine),
      )}.`,
    );
  }
  return findingOf(subject, leak, {
    kind: 'goroutine-leak',
    message:
      held.length > 0
        ? phrase`${capitalised(waitClause(wording, wait, held))}, for ever: the test has returned and ${reason}`
        : phrase`${capitalised(waitClause(wording, wait, held))} for ever: the test has returned and ${reason}`,
    explanation,
    sites: [
      ...eventSite(subject, wait.event, phrase`${waitRole(wait.operation)} for ever`),
      ...abandonedLockSite(subject, wait),
      ...startedSite(subject, wait.goroutine),
      ...made,
      ...held.flatMap(({ event, object }) =>
        eventSite(subject, event, phrase`${objectName(wording, object)} was locked here and is still held`),
      ),
      ...lastHelpSites(subject, wait),
    ],
    identity,
  });
}
