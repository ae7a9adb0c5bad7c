/** What can run behind an operation in its function. Linear in the graph. */
import type { FlowFunction, FlowNode, Op } from './operations';

/** Nodes that paths from `from` lead to, not through those for which `stops` holds; `from` itself where a loop leads back. */
export function* nodesBehind(from: FlowNode, stops: (op: Op) => boolean): Generator<FlowNode> {
  const seen = new Set<FlowNode>();
  const work = from.next.map(({ to }) => to);
  for (let node = work.pop(); node; node = work.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.op && stops(node.op)) continue;
    yield node;
    for (const { to } of node.next) work.push(to);
  }
}

export function* opsBehind(op: Op, stops: (op: Op) => boolean): Generator<Op> {
  const from = nodeOf(op.fn, op);
  if (!from) return;
  for (const { op: later } of nodesBehind(from, stops)) if (later) yield later;
}

const nodeOf = (fn: FlowFunction, op: Op): FlowNode | undefined => fn.nodes.find((node) => node.op === op);
