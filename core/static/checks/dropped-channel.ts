/** The channel that a function returns is dropped, and the goroutine that sends on it waits for ever. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { hasAlternative } from '../flow/channels';
import type { FlowFunction, Op } from '../flow/operations';
import { site } from './reporting';

export const droppedChannel: Check = {
  name: 'dropped-channel',
  title: 'Dropped channel',
  summary: 'The channel that a call returns is not kept, though a goroutine waits to send on it.',
  explanation:
    'The function starts a goroutine that sends its result on an unbuffered channel. When the caller drops the channel the goroutine stays for ever. Receive from it, or give the channel room.',
  cwe: 772,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func start(f func() error) chan error {\n\tch := make(chan error)\n\tgo func() { ch <- f() }()\n\treturn ch\n}\n\nfunc run(f func() error) { start(f) }',
      right:
        'func start(f func() error) chan error {\n\tch := make(chan error, 1)\n\tgo func() { ch <- f() }()\n\treturn ch\n}\n\nfunc run(f func() error) { start(f) }',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (op.kind !== 'call' || !op.call?.target || op.node.parent?.type !== 'expression_statement') continue;
        const send = pendingSend(all.flow(op.call.target));
        if (!send) continue;
        yield {
          fn,
          message: phrase`The channel that ${op.call.method} returns is dropped; the goroutine that sends on it waits for ever`,
          explanation: [
            phrase`${op.call.method} starts a goroutine that sends on an unbuffered channel, which only this call has.`,
          ],
          sites: [site(op, phrase`drops the channel`, 'call'), site(send, phrase`waits for ever`, 'send')],
        };
      }
    }
  },
};

/** The send of a goroutine on the unbuffered channel that the function makes and returns. */
function pendingSend(fn: FlowFunction): Op | undefined {
  if (fn.declared?.results.length !== 1) return undefined;
  return fn.literals
    .filter(({ use }) => use === 'go')
    .flatMap(({ ops }) => ops)
    .find((op) => {
      const { kind, place } = op;
      const root = place?.path.length === 0 ? place.root : undefined;
      if (kind !== 'send' || root?.owner !== fn || hasAlternative(op)) return false;
      if (!/^make\(chan\b[^,]*\)$/su.test(root.value?.text ?? '')) return false;
      return fn.ops.some((one) => one.kind === 'return' && one.node.namedChild(0)?.text === root.name);
    });
}
