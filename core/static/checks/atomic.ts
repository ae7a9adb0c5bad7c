/** `x = atomic.AddInt64(&x, 1)`: the plain write undoes what the atomic one is for. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { replace } from '../fixes/edits';
import { placeKey } from '../flow/operations';
import { siteAt } from './reporting';

export const atomic: Check = {
  name: 'atomic',
  title: 'Result of an atomic Add assigned to its variable',
  summary: 'The result of atomic.Add is assigned to the variable that it has changed already.',
  explanation:
    'The assignment is a plain write: a data race, and updates of others between the two are lost (go vet: atomic).',
  cwe: 362,
  severity: 'error',
  examples: [
    {
      wrong: 'var hits int64\n\nfunc Hit() {\n\thits = atomic.AddInt64(&hits, 1)\n}',
      right: 'var hits int64\n\nfunc Hit() {\n\tatomic.AddInt64(&hits, 1)\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        const { call } = op;
        if (op.kind !== 'call' || !call || !/^sync\/atomic\.Add|^atomic\.Add/u.test(call.name)) continue;
        const assignment = call.node.parent?.parent;
        if (assignment?.type !== 'assignment_statement' || call.node.parent?.namedChildren.length !== 1) continue;
        const left = assignment.childForFieldName('left')?.namedChild(0);
        const place = call.argPlaces[0];
        const written = fn.ops
          .flatMap(({ accesses }) => accesses ?? [])
          .find(({ node, write }) => write && node === left);
        if (!place || !written || placeKey(written.place) !== placeKey(place)) continue;
        yield {
          fn,
          message: phrase`${left!.text} is written plainly with the result of its own atomic Add`,
          explanation: [
            phrase`The Add has changed the variable already. The assignment writes it once more, plainly, and undoes what others added in between.`,
          ],
          sites: [siteAt(fn, assignment, phrase`plain write`, 'write')],
          fixes: [{ title: phrase`Drop the assignment`, edits: [replace(fn.file, assignment, call.node.text)] }],
        };
      }
    }
  },
};
