/**
 * Chrome's trace event format, which Perfetto opens: a track for each thread, critical sections as slices, everything
 * else as instants, messages as flows. An event takes a microsecond: what is shown is the order, not how long it took.
 */
import { HEAR, RECEIVE, SEND, TELL } from '../../trace/execution/actions';
import { actionAt, type Execution, targetName } from '../../trace/execution/execution';
import { cell, numberOf, type Showing, shownEvents, shownThreads } from './cells';

interface TraceEvent {
  name: string;
  ph: 'M' | 'B' | 'E' | 'i' | 's' | 'f';
  pid: number;
  tid: number;
  ts?: number;
  s?: 't';
  id?: string;
  bp?: 'e';
  cat?: string;
  args?: Record<string, string | number>;
}

export function perfettoTrace(execution: Execution, showing: Showing = {}): string {
  const events = shownEvents(execution, showing);
  const { names, thread, place } = execution;
  const found: TraceEvent[] = [{ name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: 'lockstep' } }];
  for (const id of shownThreads(execution, events)) {
    found.push({ name: 'thread_name', ph: 'M', pid: 1, tid: id + 1, args: { name: names.threads[id]! } });
  }
  const open = new Map<number, number[]>();
  for (const [ts, event] of events.entries()) {
    const action = actionAt(execution, event);
    const target = targetName(execution, event);
    const at = { pid: 1, tid: thread[event]! + 1, ts };
    const args: Record<string, string | number> = { event: numberOf(event, showing) };
    if (place[event]! >= 0) args.place = names.places[place[event]!]!;
    const lock = execution.target[event]!;
    const slices = open.get(thread[event]!) ?? [];
    open.set(thread[event]!, slices);
    if (action === 'acquire' || action === 'read-acquire') {
      slices.push(lock);
      found.push({ name: action === 'acquire' ? target : `${target} (read)`, ph: 'B', ...at, cat: 'lock', args });
    } else if ((action === 'release' || action === 'read-release') && slices[slices.length - 1] === lock) {
      slices.pop();
      found.push({ name: target, ph: 'E', ...at, cat: 'lock' });
    } else found.push({ name: cell(execution, event), ph: 'i', ...at, s: 't', args });
    const code = execution.action[event]!;
    const id = `${code === SEND || code === RECEIVE ? `c${lock}-${execution.detail[event]}` : `m${lock}`}`;
    if (code === SEND || code === TELL) found.push({ name: 'message', ph: 's', ...at, cat: 'message', id });
    if (code === RECEIVE || code === HEAR) found.push({ name: 'message', ph: 'f', bp: 'e', ...at, cat: 'message', id });
  }
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: found }, undefined, 1)}\n`;
}
