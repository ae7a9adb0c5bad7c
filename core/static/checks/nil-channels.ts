/** A select all of whose cases are on channels that are nil: nobody can ever take one. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { type FlowFunction, family, type Place } from '../flow/operations';
import { site, siteAt } from './reporting';

export const nilChannels: Check = {
  name: 'nil-channels',
  title: 'Wait on nil channels only',
  summary: 'A select, send or receive whose channels are declared and never made waits for ever.',
  explanation:
    'A channel variable without a value is nil, and nothing is ever ready on a nil channel. Make the channel, or assign one before.',
  cwe: 833,
  severity: 'error',
  examples: [
    {
      wrong: 'func wait() {\n\tvar done chan bool\n\tselect {\n\tcase <-done:\n\t}\n}',
      right: 'func wait() {\n\tdone := make(chan bool, 1)\n\tdone <- true\n\tselect {\n\tcase <-done:\n\t}\n}',
    },
    {
      wrong: 'func wait() {\n\tvar done chan bool\n\tgo func() { done <- true }()\n\twork()\n}',
      right: 'func wait() {\n\tdone := make(chan bool, 1)\n\tgo func() { done <- true }()\n\twork()\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const waits = op.kind === 'select' ? (op.info?.cases ?? []) : [op];
        if (op.kind === 'select' ? op.info!.hasDefault : (op.kind !== 'send' && op.kind !== 'receive') || op.select)
          continue;
        const [first] = waits;
        if (!first?.place || !waits.every(({ place }) => place && isNil(place))) continue;
        if (op.kind === 'select' && op.info!.cases.length !== op.node.namedChildren.length) continue;
        yield {
          fn,
          message: phrase`${first.place.root.name} is nil here: ${op.kind === 'select' ? phrase`this select` : phrase`this ${op.kind}`} waits for ever`,
          explanation: [
            phrase`${first.place.root.name} is declared without a value, and nothing is ever assigned to it.`,
          ],
          sites: [
            site(op, phrase`waits for ever`, op.kind),
            siteAt(first.place.root.owner ?? fn, first.place.root.node, phrase`declared without a value`, 'variable'),
          ],
        };
      }
    }
  },
};

/** `var ch chan T`, to which nobody assigns and whose address nobody takes. */
function isNil({ root, path }: Place): boolean {
  const { owner, value, parameter, result, loop, writes, type, node } = root;
  if (path.length > 0 || !owner || value || parameter !== undefined || result || loop || writes > 0) return false;
  if (type?.kind !== 'channel' || node.parent?.type !== 'var_spec' || node.parent.childForFieldName('value'))
    return false;
  let top: FlowFunction = owner;
  while (top.parent) top = top.parent;
  return !family(top).some(({ ops }) =>
    ops.some(({ accesses }) =>
      accesses?.some((one) => one.place.root === root && (one.address || (one.write && one.node !== node))),
    ),
  );
}
