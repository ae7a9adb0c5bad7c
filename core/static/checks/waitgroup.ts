/** Add of a WaitGroup in the goroutine that it counts. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, Report } from '../check';
import { lineBefore, removeLine, statementOf } from '../fixes/edits';
import { groupGo } from '../fixes/groups';
import { type FlowFunction, family, type Op, outermost, type Place } from '../flow/operations';
import { isSignal, isWait } from '../flow/waits';
import { site, textOf } from './reporting';

export const waitgroup: Check = {
  name: 'waitgroup',
  title: 'WaitGroup.Add inside the goroutine',
  summary: 'A goroutine counts itself: Wait may come before its Add and not wait for it.',
  explanation:
    'Nothing puts the start of the goroutine before the `Wait` of the others. `Add` belongs in front of the `go` ' +
    'statement (go vet: waitgroup; staticcheck SA2000), or use `wg.Go`, which does both.',
  cwe: 362,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func Each(jobs []func()) {\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\tgo func() {\n\t\t\twg.Add(1)\n\t\t\tdefer wg.Done()\n\t\t\tjob()\n\t\t}()\n\t}\n\twg.Wait()\n}',
      right:
        'func Each(jobs []func()) {\n\tvar wg sync.WaitGroup\n\tfor _, job := range jobs {\n\t\twg.Add(1)\n\t\tgo func() {\n\t\t\tdefer wg.Done()\n\t\t\tjob()\n\t\t}()\n\t}\n\twg.Wait()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const target = op.kind === 'go' && op.node.type === 'go_statement' ? all.target(op.target) : undefined;
        if (target) yield* check(all, op, target);
      }
    }
  },
};

function check(all: Analysed, go: Op, target: FlowFunction): Report[] {
  const literal = target.parent !== undefined;
  const add = target.ops.find((op) => op.kind === 'wg-add' && op.place && isFirst(op, target));
  if (!add?.place || (literal && add.place.root.owner === target)) return [];
  const { owner } = add.place;
  const isSame = (place: Place | undefined): boolean => place?.owner === owner;
  const done = family(target)
    .flatMap(({ ops }) => ops)
    .find((op) => (op.inner ?? op).kind === 'wg-done' && isSame((op.inner ?? op).place));
  if (!done) return [];
  const where = literal ? family(outermost(go.fn)) : all.functions();
  const wait = where
    .filter((fn) => fn !== target)
    .flatMap(({ ops }) => ops)
    .find((op) => op.kind === 'wg-wait' && isSame(op.place));
  if (!wait || isHeardOf(go, add, wait, target)) return [];
  const statement = statementOf(add.node);
  return [
    {
      fn: add.fn,
      message: phrase`${textOf(add)}.Wait may return before this goroutine has called Add`,
      explanation: [
        phrase`The goroutine starts at any time after its go statement.`,
        phrase`Until it has called Add, ${textOf(add)} does not know of it, and Wait does not wait for it.`,
      ],
      sites: [
        site(add, phrase`counts itself`, 'wg-add'),
        site(go, phrase`the goroutine is started here`, 'go'),
        site(wait, phrase`may not wait for it`, 'wg-wait'),
      ],
      fixes: literal
        ? [
            {
              title: phrase`Move Add in front of the go statement`,
              edits: [lineBefore(go.fn.file, go.node, statement.text), removeLine(go.fn.file, statement)],
            },
            ...(add.call?.args[0]?.text === '1' && done.fn === target
              ? groupGo(all, go, target, textOf(add), [statement, statementOf(done.node)])
              : []),
          ]
        : [],
    },
  ];
}

/** Before it waits it has waited for something else that the goroutine does behind its Add. */
function isHeardOf(go: Op, add: Op, wait: Op, target: FlowFunction): boolean {
  const told = target.ops.filter((op) => isSignal(op) && op.node.start > add.node.end);
  return wait.fn.ops.some(
    (op) =>
      op !== wait &&
      isWait(op) &&
      op.node.start > go.node.end &&
      op.node.end <= wait.node.start &&
      told.some(({ place }) => place !== undefined && place.owner === op.place?.owner),
  );
}

/** Nothing but declarations stands before it. */
function isFirst(op: Op, fn: FlowFunction): boolean {
  const statement = statementOf(op.node);
  return statement.parent?.parent === fn.body && statement.parent.namedChildren.indexOf(statement) <= 1;
}
