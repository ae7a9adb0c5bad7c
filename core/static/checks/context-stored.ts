/** A context is kept in a field that nobody reads, and what the object started does not end with it. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { Check, ReportFix } from '../check';
import { selectSend } from '../fixes/channels';
import { isStatement, statementOf } from '../fixes/edits';
import { channelUses, hasAlternative, isUnbuffered } from '../flow/channels';
import type { FlowFunction, Op } from '../flow/operations';
import type { Syntax } from '../source/syntax-node';
import { nameOf, resultTypes } from '../source/types';
import { site, siteAt, textOf } from './reporting';

export const contextStored: Check = {
  name: 'context-stored',
  title: 'Context that is kept and not read',
  summary: 'A context is kept in a field that nothing in the package reads: nothing ends with it.',
  explanation:
    'Who hands over a context expects that work ends with it. It is put away in a field and neither its `Done` nor its `Err` is ever asked for, nor is it given on. Listen to it where the object waits, or do not take it.',
  cwe: 772,
  wholePackage: true,
  severity: 'warning',
  examples: [
    {
      wrong:
        'type sender struct { ctx context.Context; jobs chan int }\n\nfunc newSender(ctx context.Context) *sender {\n\treturn &sender{ctx: ctx, jobs: make(chan int)}\n}\n\nfunc (s *sender) send(job int) {\n\ts.jobs <- job\n}\n\nfunc (s *sender) next() int { return <-s.jobs }',
      right:
        'type sender struct { ctx context.Context; jobs chan int }\n\nfunc newSender(ctx context.Context) *sender {\n\treturn &sender{ctx: ctx, jobs: make(chan int)}\n}\n\nfunc (s *sender) send(job int) {\n\tselect {\n\tcase s.jobs <- job:\n\tcase <-s.ctx.Done():\n\t}\n}\n\nfunc (s *sender) next() int { return <-s.jobs }',
    },
  ],
  *run(all) {
    for (const [owner, { fn, node }] of keptContexts(all)) {
      const [type] = owner.split('.');
      const waits = waitsOf(all, type!);
      const [wait] = waits;
      if (!wait) continue;
      yield {
        fn,
        message: phrase`The context in ${owner} is never looked at: ${wait.fn.name} waits whether it is cancelled or not`,
        explanation: [
          phrase`The context is kept in ${owner}, which nothing in the package reads.`,
          phrase`${wait.fn.name} waits for ${textOf(wait)} and has no other way out.`,
        ],
        sites: [
          siteAt(fn, node, phrase`kept here and never read`, 'context'),
          site(wait, phrase`does not end with the context`, wait.kind),
        ],
        fixes: waits.flatMap((one) => listen(one, owner)).slice(0, 1),
      };
    }
  },
};

interface Kept {
  fn: FlowFunction;
  node: Syntax;
}

/** Fields of the package that hold a context and are written and never read, by owner. */
function keptContexts(all: Analysed): Map<string, Kept> {
  const fields = new Set<string>();
  for (const [name, type] of all.pkg.types) {
    if (type?.kind !== 'struct') continue;
    for (const { name: field, type: of, embedded } of type.fields.values())
      if (!embedded && /^[\p{Ll}_]/u.test(field) && nameOf(of) === 'context.Context') fields.add(`${name}.${field}`);
  }
  const kept = new Map<string, Kept>();
  if (fields.size === 0) return kept;
  const read = readNames(all);
  for (const owner of fields) if (read.has(owner.slice(owner.indexOf('.') + 1))) fields.delete(owner);
  if (fields.size === 0) return kept;
  for (const fn of all.functions()) {
    for (const { accesses } of fn.ops)
      for (const { place, write, node } of accesses ?? [])
        if (write && fields.has(place.owner) && !kept.has(place.owner)) kept.set(place.owner, { fn, node });
    if (fn.parent) continue;
    for (const element of fn.body.descendantsOfType('keyed_element')) {
      const [key] = element.namedChildren;
      const type = element.parent?.parent?.childForFieldName('type')?.text ?? '';
      const owner = `${type}.${key?.text ?? ''}`;
      if (fields.has(owner) && !kept.has(owner)) kept.set(owner, { fn, node: element });
    }
  }
  return kept;
}

/** Names of fields that are read on anything, of whatever type. */
function readNames(all: Analysed): Set<string> {
  const names = new Set<string>();
  for (const { source } of all.pkg.files) {
    for (const { node } of source.declarations) {
      for (const selector of node.descendantsOfType('selector_expression')) {
        const { parent } = selector;
        const isWritten = parent?.field === 'left' && parent.parent?.type === 'assignment_statement';
        if (!isWritten) names.add(selector.childForFieldName('field')?.text ?? '');
      }
    }
  }
  return names;
}

/** Where methods of the type wait on a channel for as long as it takes. */
function waitsOf(all: Analysed, type: string): Op[] {
  return all.functions().flatMap((fn) => {
    let at = fn;
    while (at.parent) at = at.parent;
    if (nameOf(at.receiver?.type) !== type || /_test\.go$/u.test(fn.file.path)) return [];
    // It listens to the context that it is given.
    if (at.parameters.some((parameter) => nameOf(parameter.type) === 'context.Context')) return [];
    return fn.ops.filter(
      (op) => (op.kind === 'receive' || (op.kind === 'send' && hasNoRoom(all, op))) && op.place && !hasAlternative(op),
    );
  });
}

const hasNoRoom = (all: Analysed, { place }: Op): boolean => {
  const uses = place && channelUses(all).get(place.owner);
  return !uses || uses.makes.length === 0 || isUnbuffered(uses);
};

function listen(wait: Op, owner: string): ReportFix[] {
  const { fn } = wait;
  const statement = statementOf(wait.node);
  const receiver = fn.receiver?.name ?? '';
  const isAlone = statement.type === 'send_statement' || statement.namedChild(0) === wait.node;
  if (!isStatement(statement) || !isAlone || wait.range || receiver === '' || receiver === '_') return [];
  if (resultTypes(fn.node, fn.file.source.imports).length > 0) return [];
  const done = `${receiver}.${owner.slice(owner.indexOf('.') + 1)}.Done()`;
  return [{ title: phrase`Let ${fn.name} end with the context`, edits: [selectSend(fn.file, statement, done)] }];
}
