/** What people call the objects, goroutines and places of a trace. */
import { NONE, type Site } from '../../protocol/trace';
import { eventAt, goroutineOf, siteAt, type Trace, type TraceEvent } from './trace';

export interface TraceNames {
  /** `m.podStatusesLock`; unique among the trace's objects (`ch #2` for the second `ch`). Index as in the header. */
  objects: readonly string[];
  /** `goroutine 1.2`. */
  goroutines: readonly string[];
  /** The function a goroutine runs, `TestX.func1`; empty when unknown. */
  functions: readonly string[];
}

/** `podstatus.go:48`, as in messages. */
export const place = (site: Site): string => `${site.file.slice(site.file.lastIndexOf('/') + 1)}:${site.line}`;

/** The name within its package: `example.com/m/pkg.(*T).Method` → `(*T).Method`. */
export function shortFunction(name: string): string {
  const local = name.slice(name.lastIndexOf('/') + 1);
  const dot = local.indexOf('.');
  return dot < 0 ? local : local.slice(dot + 1);
}

/** The channel in a case label of a select: `out` of `out <- v`, `ctx.Done()` of `v, ok := <-ctx.Done()`. */
export function caseChannel(label: string): string {
  const arrow = label.indexOf('<-');
  if (arrow < 0) return '';
  const before = label.slice(0, arrow).trim();
  return before === '' || before.endsWith('=') ? label.slice(arrow + 2).trim() : before;
}

/** The operand of an event as written; empty when its site is unknown or internal. */
function operandOf(trace: Trace, event: TraceEvent): string {
  const site = siteAt(trace, event.site);
  if (!site || site.internal) return '';
  if (event.operation === 'select' || event.operation === 'select-case') {
    return caseChannel(site.cases?.[event.aux] ?? '');
  }
  // A cancel function does not say which context it cancels.
  if (trace.header.objects[event.object]?.kind === 'context') {
    return event.argument === 1 ? `context ${site.expression}` : '';
  }
  // The operand of make is a type.
  return event.operation === 'make' ? '' : site.expression;
}

/** Makes labels unique by numbering those that occur more than once: `ch`, `ch #2`. */
export function unique(labels: readonly string[]): string[] {
  const taken = new Set<string>();
  const original = new Set(labels);
  const next = new Map<string, number>();
  return labels.map((label) => {
    let candidate = label;
    if (taken.has(label)) {
      let number = next.get(label) ?? 2;
      while (taken.has(`${label} #${number}`) || original.has(`${label} #${number}`)) number++;
      next.set(label, number + 1);
      candidate = `${label} #${number}`;
    }
    taken.add(candidate);
    return candidate;
  });
}

/** Linear in the number of events. */
export function namesOf(trace: Trace): TraceNames {
  const { objects, goroutines, sites } = trace.header;
  const operands: string[] = objects.map(() => '');
  const functions: string[][] = goroutines.map(() => []);
  for (let index = 0; index < trace.count; index++) {
    const event = eventAt(trace, index);
    if (event.object >= 0 && operands[event.object] === '') operands[event.object] = operandOf(trace, event);
    const site = siteAt(trace, event.site);
    const seen = functions[goroutineOf(trace, index)]!;
    if (site && !site.internal && site.function !== '' && !seen.includes(site.function)) seen.push(site.function);
  }
  const objectNames = objects.map((object, index) => {
    if (operands[index] !== '') return operands[index]!;
    const made = object.site === NONE ? undefined : sites[object.site];
    if (made && !made.internal) return `${object.kind} of ${place(made)}`;
    return `${object.kind} ${index}`;
  });
  return {
    objects: unique(objectNames),
    goroutines: goroutines.map(({ path }) => `goroutine ${path}`),
    functions: goroutines.map(({ site, path, test }, index) => {
      const seen = functions[index]!;
      if (test !== undefined) return test;
      if (path === '1' && trace.header.test !== '') return trace.header.test;
      const started = site === NONE ? undefined : sites[site];
      // A function literal is named after the function that starts it; otherwise `go f()` says it.
      const literal = started && seen.find((name) => name.startsWith(`${started.function}.func`));
      if (literal !== undefined) return literal;
      if (started && /^(?!func\b)[\w.()*[\]]+$/u.test(started.expression)) return started.expression;
      return seen[0] ?? '';
    }),
  };
}
