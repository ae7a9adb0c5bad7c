/** Fixes of goroutines that a WaitGroup counts. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { ReportFix } from '../check';
import type { FlowFunction, Op } from '../flow/operations';
import { mentions } from '../flow/walk';
import { assignedNames, rootName } from '../source/syntax';
import type { Syntax } from '../source/syntax-node';
import { lineAfter, lineBefore, previousOf, removeLine, statementOf } from './edits';
import { hasGo } from './version';

/**
 * `wg.Go(func() { … })` instead of `go func() { … }()`: since Go 1.25 it adds and calls Done by itself. `counts` are the
 * statements that did so; all of them go.
 */
export function groupGo(
  all: Analysed,
  go: Op,
  literal: FlowFunction,
  group: string,
  counts: readonly Syntax[],
): ReportFix[] {
  const { file } = go.fn;
  const call = go.node.namedChild(0);
  const { node } = literal;
  const takesNothing =
    call?.childForFieldName('function') === node &&
    call.childForFieldName('arguments')?.namedChildren.length === 0 &&
    node.childForFieldName('parameters')?.namedChildren.length === 0 &&
    !node.childForFieldName('result');
  if (!hasGo(all.pkg, 1, 25) || go.node.type !== 'go_statement' || !takesNothing) return [];
  if (literal.file !== file || counts.some((one) => one.parent?.type !== 'statement_list')) return [];
  return [
    {
      title: phrase`Start it with ${group}.Go`,
      edits: [
        ...counts.map((one) => removeLine(file, one)),
        { file, start: go.node.startIndex, end: node.startIndex, text: `${group}.Go(` },
        { file, start: node.endIndex, end: go.node.endIndex, text: ')' },
      ],
    },
  ];
}

/** `wg.Add(1)` right in front of the go statement. */
export function addBefore(go: Op, group: string): Syntax | undefined {
  const before = previousOf(go.node);
  return before?.text === `${group}.Add(1)` ? before : undefined;
}

/** Wait behind the loop that it stands in. */
export function waitBehind(wait: Op, loop: Syntax): ReportFix[] {
  const { file } = wait.fn;
  const statement = statementOf(wait.node);
  if (statement.type !== 'expression_statement' || loop.parent?.type !== 'statement_list') return [];
  return [
    {
      title: phrase`Wait behind the loop`,
      edits: [removeLine(file, statement), lineAfter(file, loop, statement.text)],
    },
  ];
}

/** The start in front of the Wait that it stands behind, where nothing that it uses is made between. */
export function startBefore(start: Op, wait: Op): ReportFix[] {
  const { file } = start.fn;
  const statement = statementOf(start.node);
  const before = statementOf(wait.node);
  const siblings = before.parent?.namedChildren ?? [];
  const [from, to] = [siblings.indexOf(before), siblings.indexOf(statement)];
  if (statement.type !== 'expression_statement' || from < 0 || to <= from) return [];
  const made = siblings
    .slice(from, to)
    .flatMap((one) => one.descendantsOfType(['short_var_declaration', 'assignment_statement', 'var_declaration']))
    .flatMap(assignedNames);
  if (made.some((name) => mentions(statement.text, rootName(name)))) return [];
  return [
    {
      title: phrase`Start it before the Wait`,
      edits: [lineBefore(file, before, statement.text), removeLine(file, statement)],
    },
  ];
}
