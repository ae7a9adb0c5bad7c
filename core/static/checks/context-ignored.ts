/** A function is given a context and waits on a channel without ever looking at it: its caller cannot call it off. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, ReportFix } from '../check';
import { selectSend } from '../fixes/channels';
import { indentation, isStatement, replace, statementOf } from '../fixes/edits';
import { channelUses, hasAlternative } from '../flow/channels';
import { type FlowFunction, type Op, outermost, type Variable } from '../flow/operations';
import { isNamedIn } from '../source/syntax';
import { nameOf, resultTypes } from '../source/types';
import { site, siteAt, textOf } from './reporting';

export const contextIgnored: Check = {
  name: 'context-ignored',
  title: 'Context that is never looked at',
  summary: 'A function with a context waits for a channel and never uses the context.',
  explanation:
    'Whoever cancels the context expects the function to return. It never looks at the context and waits on, perhaps for ever. Select on `ctx.Done()` too; where it is meant, call the parameter `_`.',
  cwe: 772,
  wholePackage: true,
  severity: 'information',
  examples: [
    {
      wrong:
        'type queue struct { items chan int }\n\nfunc newQueue() *queue { return &queue{items: make(chan int)} }\n\nfunc (q *queue) Push(ctx context.Context, item int) error {\n\tq.items <- item\n\treturn nil\n}\n\nfunc (q *queue) Pop() int { return <-q.items }',
      right:
        'type queue struct { items chan int }\n\nfunc newQueue() *queue { return &queue{items: make(chan int)} }\n\nfunc (q *queue) Push(ctx context.Context, item int) error {\n\tselect {\n\tcase q.items <- item:\n\tcase <-ctx.Done():\n\t\treturn ctx.Err()\n\t}\n\treturn nil\n}\n\nfunc (q *queue) Pop() int { return <-q.items }',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      // Stand-ins in tests are there to wait.
      if (fn.parent || /_test\.go$/u.test(fn.file.path)) continue;
      const context = fn.parameters.find(({ type }) => nameOf(type) === 'context.Context');
      if (!context || context.name === '_' || isNamedIn(fn.body, context.name)) continue;
      const wait = fn.ops.find((op) => mayWaitForEver(all, op));
      if (!wait) continue;
      yield {
        fn,
        message: phrase`${fn.name} is given ${context.name} and never looks at it: this wait does not end when it is cancelled`,
        explanation: [
          phrase`${context.name} occurs nowhere in ${fn.name}.`,
          phrase`${wait.kind === 'send' ? phrase`A send on` : phrase`A receive from`} ${textOf(wait)} waits until somebody comes, whether the caller has given up or not.`,
        ],
        sites: [
          site(wait, phrase`does not end with the context`, wait.kind),
          siteAt(fn, context.node, phrase`the context it could listen to`, 'context'),
        ],
        fixes: withWayOut(fn, wait, context),
      };
    }
  },
};

/** On a channel that others serve: what the function has made itself, it waits for as long as its own work takes. */
function mayWaitForEver(all: Analysed, op: Op): boolean {
  if ((op.kind !== 'send' && op.kind !== 'receive') || !op.place || hasAlternative(op)) return false;
  const { root, owner } = op.place;
  const uses = channelUses(all).get(owner);
  if (isOwn(op.fn, root) || /^time\./u.test(nameOf(root.type) ?? '')) return false;
  // With a buffer it is to be known how full that is.
  if (op.kind === 'send')
    return uses !== undefined && uses.makes.length > 0 && uses.makes.every(({ size }) => size === undefined);
  return uses === undefined || !isSemaphore(uses.makes);
}

const isOwn = (fn: FlowFunction, root: Variable): boolean =>
  root.owner !== undefined && outermost(root.owner) === fn && root.parameter === undefined;

/** Tokens that are taken and given back. */
const isSemaphore = (makes: readonly { size: string | undefined }[]): boolean =>
  makes.some(({ size }) => size !== undefined && size !== '0');

function withWayOut(fn: FlowFunction, wait: Op, context: Variable): ReportFix[] {
  const statement = statementOf(wait.node);
  const done = `${context.name}.Done()`;
  const title = phrase`Let it end with ${context.name}`;
  const isAlone = statement.type === 'send_statement' || statement.namedChild(0) === wait.node;
  if (!isStatement(statement) || !isAlone || wait.range) return [];
  const results = resultTypes(fn.node, fn.file.source.imports);
  if (results.length === 0) return [{ title, edits: [selectSend(fn.file, statement, done)] }];
  if (results.length !== 1 || nameOf(results[0]) !== 'error') return [];
  const indent = indentation(fn.file, statement);
  const text = `select {\n${indent}case ${statement.text}:\n${indent}case <-${done}:\n${indent}\treturn ${context.name}.Err()\n${indent}}`;
  return [{ title, edits: [replace(fn.file, statement, text)] }];
}
