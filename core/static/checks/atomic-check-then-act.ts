/** `if atomic.LoadInt32(&x) == 0 { atomic.StoreInt32(&x, 1) }`: two goroutines can both find it so. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { heldAt } from '../flow/entry-locks';
import { saysLocked } from '../flow/expects-lock';
import type { Call, FlowFunction, Op } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { lineOf, site } from './reporting';

export const atomicCheckThenAct: Check = {
  name: 'atomic-check-then-act',
  title: 'Atomic look and atomic write in two steps',
  summary: 'A variable is looked at and then set with two atomic operations; another goroutine can come between.',
  explanation:
    'Each of the two is atomic, the pair is not: two goroutines can both find the old value and both go on. Use `CompareAndSwap`, or a lock around both.',
  cwe: 367,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Server struct { closed atomic.Bool; ch chan int }\n\nfunc (s *Server) Close() {\n\tif !s.closed.Load() {\n\t\ts.closed.Store(true)\n\t\tclose(s.ch)\n\t}\n}',
      right:
        'type Server struct { closed atomic.Bool; ch chan int }\n\nfunc (s *Server) Close() {\n\tif s.closed.CompareAndSwap(false, true) {\n\t\tclose(s.ch)\n\t}\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const store of fn.ops) {
        const target = store.kind === 'call' ? variableOf(store.call!, 'Store') : undefined;
        if (target === undefined || /_test\.go$/u.test(fn.file.path)) continue;
        const branch = branchAround(store.node);
        const load = branch && loadIn(fn, branch, target);
        // A constant is what others may have set as well; what was computed is caught by whoever reads it.
        if (!load || !/^(?:true|false|\d+|nil)$/u.test(store.call!.args.at(-1)?.text ?? '')) continue;
        if (!returnsOrActs(branch)) continue;
        if (saysLocked(fn) || heldAt(all, store).some(({ owners }) => owners.size > 0)) continue;
        yield {
          fn,
          message: phrase`Another goroutine can set ${target} between this look and the store in line ${lineOf(store)}`,
          explanation: [phrase`Two goroutines can both find the old value, and then both do what only one should.`],
          sites: [site(load, phrase`looks`, 'atomic'), site(store, phrase`sets`, 'atomic')],
        };
      }
    }
  },
};

/** `x` of `atomic.StoreInt32(&x, …)` and of `x.Store(…)`. */
function variableOf(call: Call, operation: 'Load' | 'Store'): string | undefined {
  const at = /^sync\/atomic\.(Load|Store)/u.exec(call.name);
  if (at) return at[1] === operation ? call.args[0]?.text.replace(/^&/u, '') : undefined;
  const typed =
    call.method === operation &&
    /^sync\/atomic\.(?:Bool|U?Int(?:32|64)|Pointer)$/u.test(nameOf(call.receiverType) ?? '');
  return typed ? call.receiverNode?.text : undefined;
}

function branchAround(node: Syntax): Syntax | undefined {
  for (let at = node.parent; at && at.type !== 'func_literal'; at = at.parent) {
    if (at.type === 'if_statement') return at;
    if (at.type === 'for_statement') return undefined;
  }
  return undefined;
}

function loadIn(fn: FlowFunction, branch: Syntax, target: string): Op | undefined {
  const condition = branch.childForFieldName('condition');
  return fn.ops.find(
    (op) =>
      op.kind === 'call' &&
      condition !== null &&
      op.node.start >= condition.start &&
      op.node.end <= condition.end &&
      variableOf(op.call!, 'Load') === target,
  );
}

/** It does more than set the variable. */
const returnsOrActs = (branch: Syntax): boolean =>
  (branch.childForFieldName('consequence')?.namedChildren.find(({ type }) => type === 'statement_list')?.namedChildren
    .length ?? 0) > 1;
