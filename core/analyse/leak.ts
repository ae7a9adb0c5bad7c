/** Goroutine leak: the test has returned, and a goroutine it started is blocked for ever, in no cycle. */
import type { Finding, FindingSite } from '../../protocol/finding';
import { ABSENT, eventAt, siteAt } from '../trace/trace';
import {
  type Analysis,
  channelMadeSite,
  eventSite,
  findingOf,
  identityOf,
  type Subject,
  startedSite,
  testGoroutine,
} from './analysis';
import { reachable } from './cycles';
import { abandonedLockSite, knownCycles, nobody } from './deadlock';
import { capital, explain, nameSome, wordingOf } from './explain';
import { usersOf } from './history';
import { certainty, stuckWaits } from './stuck';
import type { Wait } from './wait-for';
import { goroutineName, objectName, waitClause, waitRole } from './wording';

export const leak: Analysis = { name: 'leak', sound: true, run: leaks };

function leaks(subject: Subject): Finding[] {
  if (certainty(subject) !== 'all' || !(subject.end.returned || subject.trace.header.returned)) return [];
  const { cycles, edges } = knownCycles(subject);
  const inCycle = new Set(cycles.flat());
  const stuck = stuckWaits(subject).filter(({ goroutine }) => goroutine !== testGoroutine(subject.trace));
  const isStuck = new Set(stuck.map(({ goroutine }) => goroutine));
  // Whoever waits for another stuck goroutine is that one's victim and named there.
  const roots = stuck.filter(({ goroutine }) =>
    [...reachable(goroutine, edges)].every((to) => to === goroutine || !(isStuck.has(to) || inCycle.has(to))),
  );
  return roots
    .filter(({ goroutine }) => !inCycle.has(goroutine) && !startedInternally(subject, goroutine))
    .map((wait) => {
      const victims = stuck.filter(
        ({ goroutine }) => goroutine !== wait.goroutine && reachable(goroutine, edges).has(wait.goroutine),
      );
      return leakFinding(subject, wait, victims);
    });
}

/** A goroutine that a standard package started for itself, such as context's for a parent of unknown type. */
function startedInternally({ trace, history }: Subject, goroutine: number): boolean {
  const started = history.startedBy[goroutine] ?? ABSENT;
  return started !== ABSENT && siteAt(trace, eventAt(trace, started).site)?.internal === true;
}

/** The last time somebody did what would have helped. */
function lastHelp(subject: Subject, wait: Wait): FindingSite[] {
  const wording = wordingOf(subject);
  return wait.objects.flatMap(({ object, direction }) => {
    if (direction === undefined) return [];
    const help = direction === 'send' ? 'receive' : 'send';
    // A select-case that was not taken helped nobody.
    const events = [...usersOf(subject.history, object, help).entries()]
      .filter(
        ([goroutine, event]) =>
          goroutine !== wait.goroutine && eventAt(subject.trace, event).operation !== 'select-case',
      )
      .map(([, event]) => event);
    if (events.length === 0) return [];
    const word =
      direction === 'send'
        ? `last receive from ${objectName(wording, object)}`
        : `last send on ${objectName(wording, object)}`;
    return eventSite(subject, Math.max(...events), word);
  });
}

function leakFinding(subject: Subject, wait: Wait, victims: readonly Wait[]): Finding {
  const wording = wordingOf(subject);
  const { held } = subject.end.goroutines[wait.goroutine]!;
  const reason = nobody(subject, wait);
  const made = wait.objects.flatMap(({ object }) => channelMadeSite(subject, object));
  const events = [
    subject.history.startedBy[wait.goroutine] ?? ABSENT,
    ...wait.objects.flatMap(({ object }) => [...usersOf(subject.history, object, 'make').values()]),
    ...held.map(({ event }) => event),
    wait.event,
  ];
  const explanation = [
    ...explain(subject, events),
    `The test has returned, and ${reason}; ${goroutineName(wording, wait.goroutine)} stays for as long as the process.`,
  ];
  if (victims.length > 0) {
    explanation.push(
      `Stuck behind it: ${nameSome(
        subject.names,
        victims.map(({ goroutine }) => goroutine),
      )}.`,
    );
  }
  return findingOf(subject, leak, {
    kind: 'goroutine-leak',
    message: `${capital(waitClause(wording, wait, held))}${held.length > 0 ? ',' : ''} for ever: the test has returned and ${reason}`,
    explanation,
    sites: [
      ...eventSite(subject, wait.event, `${waitRole(wait.operation)} for ever`),
      ...abandonedLockSite(subject, wait),
      ...startedSite(subject, wait.goroutine),
      ...made,
      ...held.flatMap(({ event, object }) =>
        eventSite(subject, event, `${objectName(wording, object)} was locked here and is still held`),
      ),
      ...lastHelp(subject, wait),
    ],
    identity: identityOf(subject, wait.event),
  });
}
