/** What a function says of the locks that its callers hold. */
import { type FlowFunction, outermost } from './operations';

/** By its name, or because it runs before or after all others. */
export const callersHold = (fn: FlowFunction): boolean =>
  byName(fn) || /\b(?:lock|locked|locking|held|mutex|mu)\b/iu.test(commentOf(outermost(fn)));

const byName = ({ name }: FlowFunction): boolean =>
  /locked|unsafe|nolock|init|new|start|open|close|string/iu.test(name.replace(/^\(\*?\w+\)\./u, ''));

/** The comment above a function. */
function commentOf({ node, file: { source } }: FlowFunction): string {
  const lines = source.text
    .slice(Math.max(0, node.startIndex - 2000), node.startIndex)
    .split('\n')
    .slice(0, -1);
  const first = lines.findLastIndex((line) => !line.startsWith('//'));
  return lines.slice(first + 1).join('\n');
}

/** Its name or its comment says that a lock is held. */
export const saysLocked = (fn: FlowFunction): boolean =>
  /locked|nolock|lock held/iu.test(outermost(fn).name) ||
  /\b(?:lock|locked|locking|held|mutex|mu)\b/iu.test(commentOf(outermost(fn)));
