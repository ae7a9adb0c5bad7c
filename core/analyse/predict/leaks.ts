/** Goroutines that the trace of a Go program leaves blocked for ever, with the partners they could have had. */

import type { Finding } from '../../../protocol/finding';
import { english, joined, type Phrase, phrase } from '../../../protocol/phrase';
import { channelDirection, completed, eventAt, eventsOf } from '../../trace/trace';
import { eventSite, isWhole, subjectOf } from '../analysis';
import { allClocks } from '../relations/all-clocks';
import { HB } from '../relations/rules';
import { wordingOf } from '../telling/explain';
import { at, goroutineName, objectName } from '../telling/wording';
import { deadlock } from '../waiting/deadlock';
import { leak } from '../waiting/leak';
import { stuckWaits } from '../waiting/stuck';
import { isLive, type Wait } from '../waiting/wait-for';
import type { Subject } from './prediction';

type TraceSubject = ReturnType<typeof subjectOf>;

/** Nothing for a trace without its end: what comes there may end every wait. */
export function leaks(subject: Subject): Finding[] {
  const { trace } = subject;
  if (!trace || !isWhole(trace)) return [];
  const shared = subjectOf(trace, { package: trace.header.package, test: trace.header.test });
  const waits = stuckWaits(shared);
  return [...deadlock.run(shared), ...leak.run(shared)].map((finding) => {
    const own = waits.filter((wait) => isOf(shared, finding, wait));
    const explanation = [
      ...finding.explanation,
      ...own.flatMap((wait) => [reach(shared, wait), ...partners(shared, subject, wait)].map(english)),
    ];
    return {
      ...finding,
      explanation,
      events: own.map(({ event }) => event + 1),
      analysis: { ...finding.analysis, name: 'leaks' },
    };
  });
}

const isOf = (subject: TraceSubject, { sites }: Finding, wait: Wait): boolean =>
  eventSite(subject, wait.event, phrase`waits`).some(({ file, line, goroutine }) =>
    sites.some(
      (site) =>
        site.file === file && site.line === line && site.goroutine === goroutine && site.role.startsWith('waits'),
    ),
  );

/** The signature of a leak: no goroutine that still lives has ever touched what it waits for. */
function reach(subject: TraceSubject, wait: Wait): Phrase {
  const name = goroutineName(wordingOf(subject), wait.goroutine);
  if (wait.objects.length === 0) return phrase`What ${name} waits for never happens in any run.`;
  const users = new Set(
    wait.objects.flatMap(({ object }) =>
      [...(subject.history.uses.get(object)?.values() ?? [])].flatMap((by) => [...by.keys()]),
    ),
  );
  const living = [...users].filter((goroutine) => goroutine !== wait.goroutine && isLive(subject.end, goroutine));
  if (living.length === 0)
    return phrase`No goroutine that still lives has used what ${name} waits for, so nothing can wake it.`;
  const named = living.slice(0, 3).map((goroutine) => goroutineName(wordingOf(subject), goroutine));
  return phrase`What ${name} waits for was used by ${joined(named)}, blocked too.`;
}

/** Operations that could have met the blocked one and met another or came before it. */
function partners(subject: TraceSubject, { execution }: Subject, wait: Wait): Phrase[] {
  const { trace } = subject;
  const wording = wordingOf(subject);
  const wanted = new Map(wait.objects.map(({ object, direction }) => [object, direction]));
  const order = allClocks(execution, HB);
  /** The last action of the goroutine before it blocked. */
  const last = execution.source.findLastIndex(
    (source, event) => source <= wait.event && execution.thread[event] === wait.goroutine,
  );
  const sentences: Phrase[] = [];
  for (const event of eventsOf(trace)) {
    const direction = wanted.get(event.object);
    const meets = channelDirection(event);
    if (direction === undefined || meets === undefined || meets === direction) continue;
    if (!completed(event) || event.goroutine === wait.goroutine) continue;
    const action = execution.source.indexOf(event.index);
    if (action < 0) continue;
    const before = last >= 0 && order.isBefore(action, last);
    const [name, who] = [objectName(wording, event.object), goroutineName(wording, event.goroutine)];
    const where = at(wording, event.index);
    const what =
      meets === 'send'
        ? phrase`the send on ${name} by ${who}${where}`
        : phrase`the receive on ${name} by ${who}${where}`;
    sentences.push(
      before
        ? phrase`It came too late for ${what}, which was over before.`
        : eventAt(trace, event.index).partner >= 0
          ? phrase`It could have met ${what}, which met another instead.`
          : phrase`It could have met ${what}, which took another value instead.`,
    );
    if (sentences.length === MAX_PARTNERS) break;
  }
  return sentences;
}

/** More are not told. */
const MAX_PARTNERS = 4;
