/** A goroutine that calls Done on some of its paths only. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { lineBefore, removeLine, statementOf } from '../fixes/edits';
import { addBefore, groupGo } from '../fixes/groups';
import { type FlowFunction, type Op, placeKey } from '../flow/operations';
import { walk } from '../flow/walk';
import { lineOf, site, textOf } from './reporting';

export const missingDone: Check = {
  name: 'missing-done',
  title: 'Path without Done',
  summary: 'A goroutine leaves without calling Done, which its other paths call: Wait waits for ever.',
  explanation: '`defer wg.Done()` as the first statement of the goroutine is called however it ends.',
  cwe: 833,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Each(jobs []func() error) {\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tif err := job(); err != nil {\n\t\t\t\treturn\n\t\t\t}\n\t\t\twg.Done()\n\t\t}()\n\t}\n\twg.Wait()\n}',
      right:
        'func Each(jobs []func() error) {\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tif err := job(); err != nil {\n\t\t\t\treturn\n\t\t\t}\n\t\t}()\n\t}\n\twg.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const target = op.kind === 'go' && op.call ? all.target(op.target) : undefined;
        if (target) yield* check(all, op, target);
      }
    }
  },
};

function check(all: Analysed, go: Op, fn: FlowFunction): Report[] {
  const dones = fn.ops.filter(({ kind }) => kind === 'wg-done');
  const keys = new Set(dones.flatMap(({ place }) => (place ? [placeKey(place)] : [])));
  if (keys.size !== 1 || fn.ops.some(({ kind, inner }) => kind === 'defer' && inner?.kind === 'wg-done')) return [];
  // Whoever else has the group may call it.
  if (fn.ops.some((op) => op.call?.argPlaces.some((place) => place && keys.has(placeKey(place))))) return [];
  const ends = walk<boolean>(fn, { start: false, key: String, step: (op, done) => done || op.kind === 'wg-done' });
  const back = ends?.filter(({ node }) => node.exit !== 'panic') ?? [];
  const without = back.find(({ state }) => !state);
  if (!without || back.every(({ state }) => !state)) return [];
  const [done] = dones;
  const leave = without.node.exit === 'return' ? without.node.op : undefined;
  // A deferred literal that calls it was followed; a loop whose body calls it each round is a count of its own.
  if (!leave && done && loops(done, fn)) return [];
  const group = textOf(done!);
  const add = fn.parent ? addBefore(go, group) : undefined;
  const [first] = fn.body.namedChildren.flatMap((it) => (it.type === 'statement_list' ? it.namedChildren : [it]));
  return [
    {
      fn,
      message: phrase`This goroutine ${leave ? phrase`returns in line ${lineOf(leave)}` : phrase`can end`} without ${group}.Done: Wait waits for ever`,
      explanation: [
        phrase`Done is called in line ${lineOf(done!)}, but not on every path.`,
        phrase`${group}.Wait waits for each Add to be answered by a Done.`,
      ],
      sites: [
        leave
          ? site(leave, phrase`leaves without Done`, 'return')
          : site(done!, phrase`is not reached on every path`, 'wg-add'),
        site(done!, phrase`Done of the other paths`, 'wg-add'),
        site(go, phrase`the goroutine is started here`, 'go'),
      ],
      fixes: first
        ? [
            {
              title: phrase`Defer ${group}.Done`,
              edits: [
                lineBefore(fn.file, first, `defer ${done!.node.text}`),
                ...dones.map((one) => removeLine(fn.file, statementOf(one.node))),
              ],
            },
            ...(add ? groupGo(all, go, fn, group, [add, ...dones.map(({ node }) => statementOf(node))]) : []),
          ]
        : [],
    },
  ];
}

function loops(op: Op, fn: FlowFunction): boolean {
  for (let at = op.node.parent; at && at !== fn.body; at = at.parent) if (at.type === 'for_statement') return true;
  return false;
}
