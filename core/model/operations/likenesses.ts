/** What a moment is like for a question, from the vague to the exact; the same in each run of a program. */
import { siteAt } from '../../trace/trace';
import type { Doing, Moment } from './moment';

/**
 * The operation; with what it finds; with what the other goroutines are about to do; the state as a whole; the steps that
 * led there.
 */
export function likenesses(moment: Moment, kind: string, doing?: Doing): string[] {
  const own = doing ? `${kind} ${placeName(moment, doing)}` : `${kind} after ${placeNameOf(moment, moment.current)}`;
  const found = doing ? `${own} ${doing.waiting} ${standing(moment, doing)}` : `${own} of ${moment.free.length}`;
  const free = moment.free
    .map((goroutine) => `${pathOf(moment, goroutine)} ${placeNameOf(moment, goroutine)}`)
    .join('; ');
  const all = [...moment.doing.values()]
    .map((one) => `${one.path} ${placeName(moment, one)} ${one.waiting} ${one.over}`)
    .join('; ');
  const who = doing?.path ?? pathOf(moment, moment.current);
  return [
    own,
    found,
    `${found} ${who} | ${free}`,
    `${found} ${who} | ${all}`,
    `${kind} ${doing?.path ?? ''} ${moment.prefix}`,
  ];
}

const pathOf = ({ run }: Moment, goroutine: number): string => run.trace.header.goroutines[goroutine]?.path ?? '-';

const placeNameOf = (moment: Moment, goroutine: number): string => {
  const doing = moment.doing.get(goroutine);
  return doing ? placeName(moment, doing) : '-';
};

function placeName({ run }: Moment, { operation, site }: Doing): string {
  const at = siteAt(run.trace, site);
  return at ? `${operation} ${at.id}` : operation;
}

/** What the operation finds, in few words. */
function standing({ state }: Moment, { object, cases }: Doing): string {
  const one = (of: number): string => {
    const channel = state.channels.get(of);
    const fill = channel ? `${Math.min(channel.buffered, 2)}${channel.closedAt >= 0 ? 'c' : ''}` : '';
    return `${fill}${state.holders.get(of)?.length ? 'h' : ''}${state.waitGroups.get(of) ?? ''}`;
  };
  return cases.length > 0 ? cases.map((it) => one(it.object)).join() : one(object);
}
