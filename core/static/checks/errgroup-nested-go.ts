/** A goroutine of an errgroup with a limit starts another one in it: when all do so at once, all wait for room. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, ReportFix } from '../check';
import { indentation, replace, statementOf } from '../fixes/edits';
import { targetsOf } from '../flow/dispatch';
import { errgroupUses } from '../flow/errgroups';
import { type FlowFunction, type Op, outermost, type Place } from '../flow/operations';
import { nameOf } from '../source/types';
import { lineOf, site } from './reporting';

export const errgroupNestedGo: Check = {
  name: 'errgroup-nested-go',
  title: 'Go inside a group with a limit',
  summary:
    'A goroutine of an errgroup with a limit calls Go of the same group, which waits for room that it holds itself.',
  explanation:
    '`Go` waits until fewer goroutines than the limit run. When all of them wait in `Go`, none ends. Use `TryGo` and do it in place when there is no room, hand the work to whoever called, or take a second group.',
  cwe: 833,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type crawler struct { group errgroup.Group }\n\nfunc (c *crawler) start(depth int) error {\n\tc.group.SetLimit(4)\n\tc.group.Go(func() error { return c.visit(depth) })\n\treturn c.group.Wait()\n}\n\nfunc (c *crawler) visit(depth int) error {\n\tif depth > 0 {\n\t\tc.group.Go(func() error { return c.visit(depth - 1) })\n\t}\n\treturn nil\n}',
      right:
        'type crawler struct { group errgroup.Group }\n\nfunc (c *crawler) start(depth int) error {\n\tc.group.SetLimit(4)\n\tc.group.Go(func() error { return c.visit(depth) })\n\treturn c.group.Wait()\n}\n\nfunc (c *crawler) visit(depth int) error {\n\tif depth > 0 {\n\t\tnext := func() error { return c.visit(depth - 1) }\n\t\tif !c.group.TryGo(next) {\n\t\t\tif err := next(); err != nil {\n\t\t\t\treturn err\n\t\t\t}\n\t\t}\n\t}\n\treturn nil\n}',
    },
  ],
  *run(all) {
    const told = new Set<Op>();
    for (const { starts, limits } of errgroupUses(all).values()) {
      const limit = limits.find(({ call }) => !/^-/u.test(call?.args[0]?.text ?? ''));
      if (!limit) continue;
      for (const outer of starts) {
        const inner = insideOf(all, outer, new Set(starts));
        if (!inner || told.has(inner)) continue;
        told.add(inner);
        yield {
          fn: inner.fn,
          message: phrase`A goroutine of ${textOf(inner)} starts another one in it and waits for room: with a limit all of them may do so for ever`,
          explanation: [
            phrase`Line ${lineOf(limit)} limits the group.`,
            phrase`What line ${lineOf(outer)} starts holds a place until it returns, and calls Go of the same group in line ${lineOf(inner)}.`,
          ],
          sites: [
            site(inner, phrase`waits for room that it holds itself`, 'go'),
            ...(outer === inner ? [] : [site(outer, phrase`started here, in the same group`, 'go')]),
            site(limit, phrase`the limit`, 'call'),
          ],
          fixes: inPlace(inner),
        };
      }
    }
  },
};

const textOf = ({ place }: Op): string => (place as Place).node.text.replace(/^&/u, '');

/** A start among `starts` that the goroutine of `outer` comes to by itself. */
function insideOf(all: Analysed, outer: Op, starts: ReadonlySet<Op>): Op | undefined {
  const seen = new Set<FlowFunction>();
  const work: FlowFunction[] = [...targetsOf(all, outer)];
  for (let flow = work.pop(); flow; flow = work.pop()) {
    if (seen.has(flow) || seen.size > MOST_FUNCTIONS) continue;
    seen.add(flow);
    for (const op of flow.ops) {
      // A group that is made here is another one each time.
      if (starts.has(op) && !isMadeIn(flow, op)) return op;
      if (op.kind === 'call' || op.kind === 'once') work.push(...targetsOf(all, op));
      if (op.kind === 'defer' && op.inner) work.push(...targetsOf(all, op.inner));
    }
  }
  return undefined;
}

const isMadeIn = (flow: FlowFunction, { place }: Op): boolean =>
  place?.root.owner === flow && place.root.parameter === undefined;

const MOST_FUNCTIONS = 50;

/** `if !g.TryGo(next) { … next() … }` */
function inPlace(op: Op): ReportFix[] {
  const { fn, call } = op;
  const statement = statementOf(op.node);
  const [work] = call?.args ?? [];
  const results = fn.declared?.results ?? [];
  if (!work || !call?.receiverNode || statement.type !== 'expression_statement') return [];
  if (fn.parent || results.length !== 1 || nameOf(results[0]) !== 'error') return [];
  if (statement.parent?.type !== 'statement_list' || /\bnext\b/u.test(outermost(fn).body.text)) return [];
  const indent = indentation(fn.file, statement);
  const named = work.type === 'func_literal' ? 'next' : work.text;
  const lines = [
    ...(work.type === 'func_literal' ? [`next := ${work.text}`] : []),
    `if !${call.receiverNode.text}.TryGo(${named}) {`,
    `\tif err := ${named}(); err != nil {`,
    '\t\treturn err',
    '\t}',
    '}',
  ];
  return [
    {
      title: phrase`Do it here when there is no room`,
      edits: [replace(fn.file, statement, lines.join(`\n${indent}`))],
    },
  ];
}
