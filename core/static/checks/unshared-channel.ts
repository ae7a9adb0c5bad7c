/** A function waits on a channel that it has made and that nobody else has yet. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { hasAlternative } from '../flow/channels';
import { type FlowFunction, loopsAround, type Op, type Variable } from '../flow/operations';
import { mentions } from '../flow/walk';
import { lineAt, site, siteAt } from './reporting';

export const unsharedChannel: Check = {
  name: 'unshared-channel',
  title: 'Wait on a channel that nobody else has',
  summary: 'A function sends on or receives from an unbuffered channel before anybody else can know of it.',
  explanation:
    'An unbuffered channel needs two: while the function waits here, nobody can come and take the other side. Start the other side first, or give the channel room.',
  cwe: 833,
  severity: 'error',
  examples: [
    {
      wrong:
        'func wait() <-chan error {\n\terrs := make(chan error)\n\tif err := check(); err != nil {\n\t\terrs <- err\n\t\treturn errs\n\t}\n\tgo watch(errs)\n\treturn errs\n}',
      right:
        'func wait() <-chan error {\n\terrs := make(chan error, 1)\n\tif err := check(); err != nil {\n\t\terrs <- err\n\t\treturn errs\n\t}\n\tgo watch(errs)\n\treturn errs\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if ((op.kind !== 'send' && op.kind !== 'receive') || hasAlternative(op) || op.place?.path.length !== 0)
          continue;
        const { root } = op.place;
        if (root.owner !== fn || root.writes > 0 || !/^make\(chan\b[^,]*\)$/su.test(root.value?.text ?? '')) continue;
        if (!isAlone(fn, op, root)) continue;
        const size = root.value!.childForFieldName('arguments')?.namedChildren.at(-1);
        yield {
          fn,
          message: phrase`${fn.name} ${op.kind === 'send' ? phrase`sends on` : phrase`receives from`} ${root.name} before anybody else has it: it waits for ever`,
          explanation: [
            phrase`${root.name} is made in line ${lineAt(fn.file, root.node)} without a buffer, so each side waits for the other.`,
            phrase`On a path to this operation it has been given to nobody.`,
          ],
          sites: [
            site(op, phrase`waits for ever`, op.kind),
            siteAt(fn, root.value!, phrase`the channel is made here`, 'make'),
          ],
          fixes:
            op.kind === 'send' && size
              ? [
                  {
                    title: phrase`Give ${root.name} room for a value`,
                    edits: [{ file: fn.file, start: size.endIndex, end: size.endIndex, text: ', 1' }],
                  },
                ]
              : [],
        };
        break;
      }
    }
  },
};

/** Nothing between the making and the operation mentions the channel. */
function isAlone(fn: FlowFunction, op: Op, variable: Variable): boolean {
  const [loop] = loopsAround(op.node, fn);
  if (loop && loop.start > variable.node.start && loop.start < op.node.start) return false;
  return !fn.ops.some(
    (other) =>
      other.node.start > variable.node.end &&
      other.node.start < op.node.start &&
      !/^(?:loop|test|select)$/u.test(other.kind) &&
      !isPartOf(other, op) &&
      mentions(other.node.text, variable.name),
  );
}

const isPartOf = ({ node }: Op, op: Op): boolean => node.start >= op.node.start && node.end <= op.node.end;
