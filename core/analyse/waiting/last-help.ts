/** Who did last what would have ended a wait, and then did not do it again. */

import { phrase } from '../../../protocol/phrase';
import { eventAt } from '../../trace/trace';
import { eventSite, type Subject, type TellingSite } from '../analysis';
import { usersOf } from '../facts/history';
import { wordingOf } from '../telling/explain';
import { objectName } from '../telling/wording';
import type { Wait } from './wait-for';

/** For each channel waited for the newest event by which another goroutine helped: a receive for who waits to send. */
export function lastHelp({ trace, history }: Subject, wait: Wait): number[] {
  return wait.objects.flatMap(({ object, direction }) => {
    if (direction === undefined) return [];
    // A select-case that was not taken helped nobody.
    const events = [...usersOf(history, object, direction === 'send' ? 'receive' : 'send').entries()]
      .filter(([goroutine, event]) => goroutine !== wait.goroutine && eventAt(trace, event).operation !== 'select-case')
      .map(([, event]) => event);
    return events.length === 0 ? [] : [events.reduce((a, b) => Math.max(a, b))];
  });
}

export function lastHelpSites(subject: Subject, wait: Wait): TellingSite[] {
  const wording = wordingOf(subject);
  return lastHelp(subject, wait).flatMap((event) => {
    const { object } = eventAt(subject.trace, event);
    const sends = wait.objects.some((one) => one.object === object && one.direction === 'send');
    const name = objectName(wording, object);
    return eventSite(subject, event, sends ? phrase`last receive from ${name}` : phrase`last send on ${name}`);
  });
}
