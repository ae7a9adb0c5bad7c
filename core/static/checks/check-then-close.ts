/** `select { case <-done: default: close(done) }`: two goroutines can both find it open. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { closeByOne } from '../fixes/once';
import { heldAt } from '../flow/entry-locks';
import { placeKey } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { site, textOf } from './reporting';

export const checkThenClose: Check = {
  name: 'check-then-close',
  title: 'Close behind a look whether it is closed',
  summary: 'A channel is closed when a select finds it open, without a lock: two goroutines can both do so.',
  explanation:
    'Between the look and the close another goroutine may close the channel; the second close panics. Use a `sync.Once`, or hold a lock around both.',
  cwe: 367,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type Server struct { done chan struct{} }\n\nfunc NewServer() *Server { return &Server{done: make(chan struct{})} }\n\nfunc (s *Server) Stop() {\n\tselect {\n\tcase <-s.done:\n\tdefault:\n\t\tclose(s.done)\n\t}\n}',
      right:
        'type Server struct { done chan struct{}; once sync.Once }\n\nfunc NewServer() *Server { return &Server{done: make(chan struct{})} }\n\nfunc (s *Server) Stop() {\n\ts.once.Do(func() { close(s.done) })\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (op.kind !== 'close' || !op.place || op.place.path.length === 0) continue;
        const key = placeKey(op.place);
        const branch = caseOf(op.node);
        const look = fn.ops.find(
          (it) =>
            it.kind === 'receive' &&
            it.select?.node === branch?.parent &&
            branch?.type === 'default_case' &&
            it.place &&
            placeKey(it.place) === key,
        );
        if (!look) continue;
        const states = heldAt(all, op);
        if (states.some(({ owners }) => owners.size > 0) || states.length === 0) continue;
        yield {
          fn,
          message: phrase`Two goroutines can both find ${textOf(op)} open and close it: the second close panics`,
          explanation: [phrase`The select and the close are two steps, and no lock is held around them.`],
          sites: [site(op, phrase`may close it a second time`, 'close'), site(look, phrase`finds it open`, 'receive')],
          fixes: closeByOne(all, op, look.select!.node),
        };
      }
    }
  },
};

function caseOf(node: Syntax): Syntax | undefined {
  for (let at = node.parent; at && at.type !== 'func_literal'; at = at.parent) if (/_case$/u.test(at.type)) return at;
  return undefined;
}
