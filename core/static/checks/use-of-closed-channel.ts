/** A channel is closed twice, or sent on after it was closed, on one path. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { removeLine, statementOf } from '../fixes/edits';
import { closeOnce } from '../fixes/once';
import { type FlowFunction, type Op, placeKey } from '../flow/operations';
import { walk } from '../flow/walk';
import { lineOf, site, textOf } from './reporting';

export const closedChannel: Check = {
  name: 'use-of-closed-channel',
  title: 'Use of a channel behind its close',
  summary: 'A channel is closed again, or sent on, on a path on which it was closed before.',
  explanation: 'Both panic. A deferred `close` together with another one on the way is the usual form.',
  cwe: 672,
  severity: 'error',
  examples: [
    {
      wrong:
        'func Produce(n int, out chan int) {\n\tdefer close(out)\n\tif n == 0 {\n\t\tclose(out)\n\t\treturn\n\t}\n\tout <- n\n}',
      right: 'func Produce(n int, out chan int) {\n\tdefer close(out)\n\tif n == 0 {\n\t\treturn\n\t}\n\tout <- n\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      if (fn.use === 'call' || fn.use === 'defer') continue;
      if (fn.ops.some((op) => op.kind === 'close' || op.inner?.kind === 'close')) yield* check(all, fn);
    }
  },
};

type Closed = ReadonlyMap<string, Op>;

function check(all: Analysed, fn: FlowFunction): Report[] {
  const found = new Map<Op, Report>();
  const start: Closed = new Map();
  walk<Closed>(fn, {
    start,
    key: (closed) =>
      [...closed]
        .map(([key, { node }]) => `${key}:${node.key}`)
        .sort()
        .join(),
    step(op, closed, deferred) {
      if (op.kind === 'access') {
        const written = new Set((op.accesses ?? []).filter(({ write }) => write).map(({ place }) => placeKey(place)));
        if (written.size === 0 || closed.size === 0) return closed;
        const kept = [...closed].filter(([key]) => !written.has(key) && !written.has(key.split('.')[0]!));
        return kept.length === closed.size ? closed : new Map(kept);
      }
      if (!op.place || (op.kind !== 'close' && op.kind !== 'send')) return closed;
      const key = placeKey(op.place);
      const before = closed.get(key);
      // Around a loop the close may belong to one round only.
      const later = before !== undefined && (before.node.start < op.node.start || deferred);
      if (before && later && before !== op && !found.has(op)) found.set(op, describe(all, op, before));
      return op.kind === 'close' && !before ? new Map(closed).set(key, op) : closed;
    },
  });
  return [...found.values()];
}

function describe(all: Analysed, op: Op, before: Op): Report {
  const what = textOf(op);
  const verb = op.kind === 'close' ? phrase`closed again` : phrase`sent on`;
  const statement = statementOf(before.node);
  return {
    fn: op.fn,
    message: phrase`${what} is ${verb} although line ${lineOf(before)} has closed it: a panic`,
    explanation: [
      phrase`Line ${lineOf(before)} closes ${what}.`,
      phrase`On the same path it is ${verb} in line ${lineOf(op)}.`,
    ],
    sites: [site(op, phrase`${verb} here`, op.kind), site(before, phrase`closed here`, 'close')],
    fixes:
      op.kind === 'close'
        ? [
            ...(statement.type === 'expression_statement'
              ? [{ title: phrase`Take the first close out`, edits: [removeLine(op.fn.file, statement)] }]
              : []),
            ...closeOnce(all, op.fn, op.place!),
          ]
        : [],
  };
}
