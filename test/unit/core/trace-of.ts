/**
 * Traces from a few words, for tests. One event a line:
 *
 *     <goroutine path> <operation>[!phase] [<object>] [:<line>] [~<partner event>] [#<case>] [=<argument>]
 *
 * `1.1 lock!block mutex/m.mu :12`. Objects are named kind/name, a channel chan/name or chan/name/capacity. The child of
 * `go` is written `>1.1`. Each event is at main.go:<line>; without `:line` at the number of its own line in the text.
 * Functions: F of the goroutine's path (`F1.1`). `~` alone pairs the event with the one before, both ways.
 */
import assert from 'node:assert/strict';
import { ABSENT, type Trace, type TraceEvent } from '../../../core/trace/trace';
import { emptyHeader, traceOfEvents } from '../../../core/trace/write';
import { NONE, OPERATIONS, type Operation, type Phase, type Site, type TraceHeader } from '../../../protocol/trace';

const KINDS = {
  chan: 'channel',
  mutex: 'mutex',
  rwmutex: 'rwmutex',
  wg: 'waitgroup',
  once: 'once',
  cond: 'cond',
  timer: 'timer',
  var: 'variable',
  map: 'map',
} as const;

export function traceOf(text: string, header: Partial<TraceHeader> = {}): Trace {
  const goroutines = ['1'];
  const objects = new Map<string, number>();
  const base = emptyHeader();
  const sites: Site[] = [];
  const siteIndex = new Map<string, number>();
  const events: Omit<TraceEvent, 'index'>[] = [];
  base.goroutines = [];
  const routine = (path: string): number => {
    if (!goroutines.includes(path)) goroutines.push(path);
    return goroutines.indexOf(path);
  };
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('//')) continue;
    const [path, action, ...rest] = line.split(/\s+/u) as [string, string, ...string[]];
    const [operation, phase = 'done'] = action.split('!') as [Operation, Phase?];
    assert.ok(OPERATIONS.includes(operation), line);
    const event: Omit<TraceEvent, 'index'> = {
      operation,
      phase,
      aux: 0,
      goroutine: routine(path),
      object: ABSENT,
      site: ABSENT,
      partner: ABSENT,
      argument: 0,
      time: 0,
    };
    let row = at + 1;
    let expression = '';
    for (const word of rest) {
      const value = word.slice(1);
      if (word.startsWith(':')) row = Number(value);
      else if (word === '~') {
        event.partner = events.length - 1;
        events[events.length - 1]!.partner = events.length;
      } else if (word.startsWith('~')) event.partner = Number(value);
      else if (word.startsWith('#')) event.aux = Number(value);
      else if (word.startsWith('=')) event.argument = Number(value);
      else if (word.startsWith('>')) event.argument = routine(value);
      else {
        const [kind, name = '', capacity] = word.split('/') as [keyof typeof KINDS, string?, string?];
        expression = name;
        const key = `${kind}/${name}`;
        if (!objects.has(key)) {
          objects.set(key, objects.size);
          base.objects.push({
            kind: KINDS[kind] ?? assert.fail(word),
            site: NONE,
            ...(kind === 'chan' ? { capacity: Number(capacity ?? 0) } : {}),
          });
        }
        event.object = objects.get(key)!;
      }
    }
    const place = `${row} ${operation} ${path} ${expression}`;
    if (operation !== 'start' && !siteIndex.has(place)) {
      siteIndex.set(place, sites.length);
      sites.push({
        id: sites.length + 1,
        file: 'main.go',
        line: row,
        column: 2,
        operation,
        function: `F${path}`,
        expression,
      });
    }
    event.site = operation === 'start' ? ABSENT : siteIndex.get(place)!;
    if (operation === 'make' && event.object >= 0) base.objects[event.object]!.site = event.site;
    events.push(event);
  }
  base.goroutines = goroutines.map((path, index) => ({
    path,
    site: events.find((event) => event.operation === 'go' && event.argument === index)?.site ?? NONE,
  }));
  return traceOfEvents({ ...base, package: 'example.com/p', test: 'TestX', sites, ...header }, events);
}
