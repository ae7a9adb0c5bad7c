/** What speaks for a case of a select: whether it could go on now, who is about to help, and what its text says. */
import { siteAt } from '../../trace/trace';
import { labelKind } from './label';
import type { Doing, KnownCase, Moment } from './moment';
import { actsNow, few, helpFor, stateWord } from './standing';

/** How a case finds its channel. `unmet`: nobody has used a channel of that name; `unknown`: which one it is is not known. */
type Standing = 'ready' | 'closed' | 'not ready' | 'unmet' | 'unknown';

export function selectWords(moment: Moment, doing: Doing, outcome: string): string[] {
  const labels = siteAt(moment.run.trace, doing.site)?.cases ?? [];
  const kinds = labels.map(labelKind);
  const cases = labels.map((_, index) => index).filter((index) => kinds[index] !== 'default');
  const standings = new Map(cases.map((index) => [index, standingOf(moment, doing, index)]));
  const count = (wanted: (standing: Standing) => boolean): number => [...standings.values()].filter(wanted).length;
  const able = (standing: Standing): boolean => standing === 'ready' || standing === 'closed';
  const ready = `ready ${few(count(able), 2)}`;
  const open = count((standing) => standing === 'unknown');
  const now = actsNow(moment, doing) ? 'now' : 'later';
  const whole = `${now} ${ready} unknown ${few(open, 1)}`;
  const all = [`cases ${few(labels.length, 4)}`, ready, whole, `default ${kinds.includes('default')} ${whole}`];
  const index = Number(/^case:(\d+)$/u.exec(outcome)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) {
    const helped = cases.filter((one) => helpOf(moment, doing, one) !== 'nobody').length;
    const timed = kinds.includes('time');
    return [...all, `helped ${few(helped, 2)}`, `timed ${timed}`, `timed ${timed} helped ${few(helped, 1)} ${now}`];
  }
  const kind = kinds[index] ?? 'receive';
  const own = standings.get(index) ?? 'unknown';
  const help = helpOf(moment, doing, index);
  const others = `${able(own) ? 'with' : 'against'} ${few(count(able) - (able(own) ? 1 : 0), 2)}`;
  return [
    ...[...all, kind, own, help],
    ...[
      `${kind} ${own}`,
      `${kind} ${help}`,
      `${own} ${help}`,
      `${kind} ${now}`,
      `${kind} default ${kinds.includes('default')}`,
    ],
    ...[`${own} ${others}`, `${now} ${own} ${others}`, `${kind} free ${few(moment.free.length, 1)}`],
    `first ${index === cases[0]}`,
  ];
}

/** A channel that is closed is ready for good; where nobody else can do anything before, so is what is ready now. */
export function selectCertainty(moment: Moment, doing: Doing, outcome: string): string[] {
  if (doing.waiting) return [];
  const now = actsNow(moment, doing);
  const labels = siteAt(moment.run.trace, doing.site)?.cases ?? [];
  const standings = labels.map(
    (label, index): Standing => (labelKind(label) === 'default' ? 'unknown' : standingOf(moment, doing, index)),
  );
  const stays = (standing?: Standing): boolean => standing === 'closed' || (now && standing === 'ready');
  const index = Number(/^case:(\d+)$/u.exec(outcome)?.[1] ?? Number.NaN);
  if (Number.isNaN(index)) return standings.some(stays) ? ['ruled out'] : [];
  if (stays(standings[index])) return ['sure'];
  return now && standings[index] === 'not ready' ? ['ruled out'] : [];
}

/** The channels that the case may look at: what it waits on, or waited on before, or what goes by its name. */
function channelsOf({ cases, named }: Doing, index: number): readonly KnownCase[] {
  const known = cases.filter((one) => one.index === index);
  return known.length > 0 ? known : (named[index] ?? []);
}

function standingOf(moment: Moment, doing: Doing, index: number): Standing {
  const channels = channelsOf(doing, index);
  if (channels.length === 0) return doing.waiting ? 'unknown' : 'unmet';
  const found = new Set(channels.map(({ object, direction }) => readiness(moment, object, direction ?? 'receive')));
  const [only] = found;
  return found.size === 1 && only ? only : 'unknown';
}

function readiness(moment: Moment, object: number, direction: 'send' | 'receive'): Standing {
  const word = stateWord(moment, object, direction);
  if (word === 'closed') return 'closed';
  return word.startsWith('ready') ? 'ready' : 'not ready';
}

function helpOf(moment: Moment, doing: Doing, index: number): string {
  const helps = channelsOf(doing, index).map(({ object, direction }) =>
    helpFor(moment, doing.goroutine, object, direction ?? 'receive'),
  );
  return ['at hand', 'coming', 'before'].find((word) => helps.includes(word)) ?? 'nobody';
}
