/** Wait of an errgroup says what went wrong, and nobody hears it. */
import { phrase } from '../../../protocol/phrase';
import type { Check, ReportFix } from '../check';
import { indentation, isSimple, nextOf, removeLine, replace, statementOf } from '../fixes/edits';
import { errgroupUses, mayFail } from '../flow/errgroups';
import type { FlowFunction, Op } from '../flow/operations';
import { nameOf, resultTypes } from '../source/types';
import { lineOf, site, textOf } from './reporting';

export const errgroupErrorDropped: Check = {
  name: 'errgroup-error-dropped',
  title: 'Error of an errgroup that nobody reads',
  summary: 'The error of Wait is dropped though goroutines of the errgroup return errors.',
  explanation:
    '`Wait` returns the first error of the goroutines, and nothing else does. Return or look at it; where errors do not matter a `sync.WaitGroup` says so.',
  cwe: 252,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'func All(jobs []func() error) error {\n\tvar g errgroup.Group\n\tfor _, job := range jobs {\n\t\tg.Go(job)\n\t}\n\tg.Wait()\n\treturn nil\n}',
      right:
        'func All(jobs []func() error) error {\n\tvar g errgroup.Group\n\tfor _, job := range jobs {\n\t\tg.Go(job)\n\t}\n\treturn g.Wait()\n}',
    },
  ],
  *run(all) {
    for (const { starts, waits } of errgroupUses(all).values()) {
      // Whoever waits a second time is told the same error.
      if (waits.length === 0 || !waits.every(isDropped) || !mayFail(all, starts)) continue;
      const [wait] = waits;
      const [start] = starts;
      yield {
        fn: wait!.fn,
        message: phrase`The error of ${textOf(wait!)}.Wait is dropped: nobody hears of what its goroutines return`,
        explanation: [
          phrase`A function that line ${lineOf(start!)} starts may return an error.`,
          phrase`Only the Wait in line ${lineOf(wait!)} would tell.`,
        ],
        sites: [site(wait!, phrase`the error is dropped`, 'wg-wait'), site(start!, phrase`may fail`, 'go')],
        fixes: heard(wait!),
      };
    }
  },
};

/** `g.Wait()` by itself, deferred too; `_ = g.Wait()` is meant. */
const isDropped = ({ node }: Op): boolean =>
  node.parent?.type === 'expression_statement' || node.parent?.type === 'defer_statement';

function heard(wait: Op): ReportFix[] {
  const { fn, node } = wait;
  const { file } = fn;
  const statement = statementOf(node);
  if (statement.type !== 'expression_statement' || !isSimple(statement)) return [];
  const results = resultTypes(fn.node, file.source.imports);
  const next = nextOf(statement);
  const returnsError = results.length === 1 && nameOf(results[0]) === 'error';
  if (returnsError && next?.text === 'return nil')
    return [
      {
        title: phrase`Return the error`,
        edits: [replace(file, statement, `return ${node.text}`), removeLine(file, next)],
      },
    ];
  const tells = returnsError ? 'return err' : inTest(fn);
  const indent = indentation(file, statement);
  return tells === undefined
    ? []
    : [
        {
          title: returnsError ? phrase`Return the error` : phrase`Let the test fail with the error`,
          edits: [replace(file, statement, `if err := ${node.text}; err != nil {\n${indent}\t${tells}\n${indent}}`)],
        },
      ];
}

function inTest(fn: FlowFunction): string | undefined {
  const test = fn.parameters.find(({ type }) => /^testing\.(?:T|B|F|TB)$/u.test(nameOf(type) ?? ''));
  return test && test.name !== '_' ? `${test.name}.Error(err)` : undefined;
}
