/** t.Fatal in a goroutine that the test has started. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { nameOf } from '../source/types';
import { site, siteAt } from './reporting';

export const testinggoroutine: Check = {
  name: 'testinggoroutine',
  title: 'Fatal in a goroutine of a test',
  summary: 'FailNow, Fatal and Skip end the goroutine they are called in, not the test.',
  explanation:
    'They have to be called by the goroutine of the test (go vet: testinggoroutine; staticcheck SA2002). Use `t.Error` and `return`.',
  severity: 'warning',
  examples: [
    {
      wrong:
        'func TestX(t *testing.T) {\n\tdone := make(chan bool)\n\tgo func() {\n\t\tdefer close(done)\n\t\tif err := run(); err != nil {\n\t\t\tt.Fatal(err)\n\t\t}\n\t}()\n\t<-done\n}',
      right:
        'func TestX(t *testing.T) {\n\tdone := make(chan bool)\n\tgo func() {\n\t\tdefer close(done)\n\t\tif err := run(); err != nil {\n\t\t\tt.Error(err)\n\t\t\treturn\n\t\t}\n\t}()\n\t<-done\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const go of fn.ops) {
        const literal = go.kind === 'go' ? all.target(go.target) : undefined;
        if (!literal?.parent) continue;
        for (const op of literal.ops) {
          const { call } = op;
          if (
            op.kind !== 'call' ||
            !call?.receiver ||
            !/^testing\.(?:T|B|F|TB)$/u.test(nameOf(call.receiverType) ?? '')
          )
            continue;
          const kind = /^(Fatal|Fatalf|FailNow|Skip|Skipf|SkipNow)$/u.exec(call.method)?.[1];
          if (kind === undefined || call.receiver.root.owner === literal) continue;
          const field = call.node.childForFieldName('function')?.childForFieldName('field');
          const statement = call.node.parent;
          const replacement = { Fatal: 'Error', Fatalf: 'Errorf', FailNow: 'Fail' }[kind];
          const indent =
            /^[ \t]*/u.exec(
              fn.file.source.text.slice(fn.file.source.text.lastIndexOf('\n', call.node.startIndex) + 1),
            )?.[0] ?? '';
          yield {
            fn: literal,
            message: phrase`${call.receiver.node.text}.${kind} ends this goroutine, not the test`,
            explanation: [
              phrase`${kind} calls runtime.Goexit, which ends the goroutine it is called in; the test goes on and may pass.`,
            ],
            sites: [
              site(op, phrase`ends only this goroutine`, 'call'),
              siteAt(fn, go.node, phrase`the goroutine is started here`, 'go'),
            ],
            fixes:
              replacement && field && statement?.type === 'expression_statement'
                ? [
                    {
                      title: phrase`Call ${replacement} and return`,
                      edits: [
                        { file: fn.file, start: field.startIndex, end: field.endIndex, text: replacement },
                        {
                          file: fn.file,
                          start: call.node.endIndex,
                          end: call.node.endIndex,
                          text: `\n${indent}return`,
                        },
                      ],
                    },
                  ]
                : [],
          };
        }
      }
    }
  },
};
