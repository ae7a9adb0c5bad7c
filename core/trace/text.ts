/**
 * The textual form of a trace, `.lockstep-trace`: for reading, for diffs, for fixtures. Everything of the binary
 * form is in it, so that the two convert into each other without loss.
 *
 *     lockstep-trace 1
 *     package example.com/podstatus
 *     test TestSetPodStatus
 *     …                                   one `word value` line for each scalar of TraceHeader
 *     site podstatus.go:46:2 lock (*Manager).SetPodStatus m.podStatusesLock id=17
 *     goroutine 1.1 podstatus.go:29:2     its `go` statement
 *     object m.podStatusesLock mutex podstatus.go:46:2
 *     frame example.com/podstatus.(*Manager).sync podstatus.go:46 caller=0
 *     events 2
 *     0 1.2 lock done m.podStatusesLock podstatus.go:46:2
 *     1 1.1 lock block m.podStatusesLock podstatus.go:35:2 time=1500
 *
 * Columns of an event: number, goroutine, operation, phase, object, site, then what is not the default:
 * partner=<number>, case=<index>, argument=<number>, time=<nanoseconds, when it changed>, stack=<frame, by its number>. `-` is absent. A word that
 * is empty, is `-`, begins with `"` or `name=`, or has a space in it is written as a JSON string. Lines that begin with `//` and
 * empty lines are comments. Goroutines, objects and sites of equal name are told apart by ` #2`.
 */
import { NONE, type Site, TRACE_VERSION, type TraceHeader } from '../../protocol/trace';
import { namesOf, unique } from './names';
import { ABSENT, eventAt, type Trace } from './trace';

const quote = (word: string): string => (/^(?:-|".*|.*\s.*|[a-z]+=.*|)$/su.test(word) ? JSON.stringify(word) : word);

/** Labels of the three tables, each unique within its own. */
function labelsOf(trace: Trace): { sites: string[]; goroutines: string[]; objects: string[] } {
  return {
    sites: unique(trace.header.sites.map((site) => `${site.file}:${site.line}:${site.column}`)),
    goroutines: unique(trace.header.goroutines.map(({ path }) => path)),
    objects: [...namesOf(trace).objects],
  };
}

function siteLine(site: Site, label: string): string {
  const words = ['site', quote(label), site.operation, quote(site.function), quote(site.expression), `id=${site.id}`];
  // The label may have got a number; the parser takes the position from it otherwise.
  if (label !== `${site.file}:${site.line}:${site.column}`) {
    words.push(`at=${JSON.stringify([site.file, site.line, site.column])}`);
  }
  if (site.cases) words.push(`cases=${JSON.stringify(site.cases)}`);
  if (site.internal) words.push('internal=yes');
  return words.join(' ');
}

function headerLines(header: TraceHeader): string[] {
  const yes = (flag: boolean): string => (flag ? 'yes' : 'no');
  const lines = [
    `lockstep-trace ${TRACE_VERSION}`,
    `package ${quote(header.package)}`,
    `test ${quote(header.test)}`,
    `mode ${header.mode}`,
    `seed ${quote(header.seed)}`,
    `strategy ${quote(header.strategy)}`,
    `outcome ${header.outcome}`,
    `returned ${yes(header.returned)}`,
    `foreign ${yes(header.foreign)}`,
    `early ${yes(header.early)}`,
    `dropped ${header.dropped}`,
  ];
  if (header.ahead !== undefined) lines.push(`ahead ${header.ahead}`);
  if (header.message !== undefined) lines.push(`message ${JSON.stringify(header.message)}`);
  if (header.siteIds) lines.push(`site-ids ${header.siteIds.join(',')}`);
  return lines;
}

/**
 * The textual form. A raw trace of the runtime, whose sites are only ids, keeps the ids (`site-ids`) and gets
 * `#index` in the site column. A remark stands above its event, as a comment.
 */
export function printTrace(trace: Trace, remark: (event: number) => string | undefined = () => undefined): string {
  const { header } = trace;
  const labels = labelsOf(trace);
  const site = (index: number): string =>
    index < 0 || index === NONE ? '-' : quote(labels.sites[index] ?? `#${index}`);
  const lines = headerLines(header);
  for (const [index, entry] of header.sites.entries()) lines.push(siteLine(entry, labels.sites[index]!));
  for (const [index, entry] of header.goroutines.entries()) {
    const label = labels.goroutines[index]!;
    const path = label === entry.path ? '' : ` path=${JSON.stringify(entry.path)}`;
    lines.push(`goroutine ${quote(label)} ${site(entry.site)}${path}`);
  }
  for (const [index, entry] of header.objects.entries()) {
    const capacity = entry.capacity === undefined ? '' : ` capacity=${entry.capacity}`;
    lines.push(`object ${quote(labels.objects[index]!)} ${entry.kind} ${site(entry.site)}${capacity}`);
  }
  for (const { function: name, file, line, caller, outside } of (trace.stacks && header.frames) ?? []) {
    const by = caller === undefined ? '' : ` caller=${caller}`;
    lines.push(`frame ${quote(name)} ${quote(`${file}:${line}`)}${by}${outside ? ' outside=yes' : ''}`);
  }
  lines.push(`events ${header.events}`);
  let time = 0;
  for (let index = 0; index < trace.count; index++) {
    const event = eventAt(trace, index);
    const remarked = remark(index);
    if (remarked !== undefined) lines.push(`      // ${remarked}`);
    const words = [
      String(index).padStart(5),
      quote(labels.goroutines[event.goroutine]!).padEnd(7),
      event.operation.padEnd(11),
      event.phase.padEnd(7),
      (event.object < 0 ? '-' : quote(labels.objects[event.object]!)).padEnd(24),
      site(event.site),
    ];
    if (event.partner >= 0) words.push(`partner=${event.partner}`);
    if (event.aux !== 0) words.push(`case=${event.aux}`);
    if (event.argument !== 0) words.push(`argument=${event.argument}`);
    if (event.time !== time) words.push(`time=${event.time}`);
    time = event.time;
    if ((trace.stacks?.[index] ?? ABSENT) >= 0) words.push(`stack=${trace.stacks![index]}`);
    lines.push(words.join(' '));
  }
  return `${lines.join('\n')}\n`;
}
