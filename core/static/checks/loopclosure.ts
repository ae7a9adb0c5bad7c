/** Before Go 1.22 all rounds of a loop share its variable, and so do the goroutines that it starts. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { lineBefore } from '../fixes/edits';
import { family } from '../flow/operations';
import { site, siteAt } from './reporting';

export const loopclosure: Check = {
  name: 'loopclosure',
  title: 'Loop variable captured by a goroutine',
  summary: 'A goroutine uses the variable of the loop that starts it; before Go 1.22 the next round changes it.',
  explanation:
    'Where go.mod asks for a Go before 1.22, the variable belongs to the loop, not to the round (go vet: loopclosure). Copy it: `v := v`.',
  cwe: 362,
  severity: 'warning',
  examplesGo: '1.21',
  examples: [
    {
      wrong: 'func Greet(names []string) {\n\tfor _, name := range names {\n\t\tgo func() { greet(name) }()\n\t}\n}',
      right:
        'func Greet(names []string) {\n\tfor _, name := range names {\n\t\tname := name\n\t\tgo func() { greet(name) }()\n\t}\n}',
    },
  ],
  *run(all) {
    if (!isBefore(all.pkg.goVersion, 22)) return;
    for (const fn of all.functions()) {
      for (const go of fn.ops) {
        const literal = go.kind === 'go' ? all.target(go.target) : undefined;
        if (!literal?.parent) continue;
        for (const inner of family(literal)) {
          const found = inner.ops
            .flatMap((op) => op.accesses ?? [])
            .find(
              ({ place: { root }, node }) =>
                // `current := item`: who names it has a copy.
                !(node.type === 'identifier' && node.text !== root.name) &&
                root.loop &&
                root.owner === fn &&
                within(go.node, root.loop) &&
                !waits(fn, root.loop),
            );
          if (!found) continue;
          const { name, loop, node } = found.place.root;
          const body = loop!.childForFieldName('body');
          const [first] =
            body?.namedChildren.flatMap((it) => (it.type === 'statement_list' ? it.namedChildren : [it])) ?? [];
          yield {
            fn: inner,
            message: phrase`The goroutine uses ${name} of the loop, which the next round changes before Go 1.22`,
            explanation: [
              phrase`All goroutines share one ${name}.`,
              phrase`By the time they run it may hold the value of a later round.`,
            ],
            sites: [
              siteAt(inner, found.node, phrase`reads ${name} of the loop`, 'read'),
              siteAt(fn, node, phrase`changed by each round`, 'write'),
              site(go, phrase`the goroutine is started here`, 'go'),
            ],
            fixes: first
              ? [
                  {
                    title: phrase`Copy ${name} in each round`,
                    edits: [lineBefore(fn.file, first, `${name} := ${name}`)],
                  },
                ]
              : [],
          };
          break;
        }
      }
    }
  },
};

export function isBefore(goVersion: string | undefined, minor: number): boolean {
  const found = /^1\.(\d+)/u.exec(goVersion ?? '');
  return found !== null && Number(found[1]) < minor;
}

const within = (node: { start: number; end: number }, outer: { start: number; end: number }): boolean =>
  node.start >= outer.start && node.end <= outer.end;

/** The loop waits for each goroutine before it goes on. */
const waits = (
  fn: { ops: { kind: string; node: { start: number; end: number }; range?: boolean }[] },
  loop: { start: number; end: number },
): boolean =>
  fn.ops.some((op) => (op.kind === 'wg-wait' || (op.kind === 'receive' && !op.range)) && within(op.node, loop));
