/** Fixes that let something happen once: sync.Once, sync.OnceFunc, or a lock around the look and the deed. */
import { phrase } from '../../../protocol/phrase';
import type { Analysed } from '../analysed';
import type { ReportEdit, ReportFix } from '../check';
import { type FlowFunction, family, type Op, type Place, placeKey } from '../flow/operations';
import { mentions } from '../flow/walk';
import type { PackageFile } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { isMutex, nameOf } from '../source/types';
import { dedented, indentation, isStatement, lineAfter, lineBefore, replace, statementOf } from './edits';
import { importing } from './imports';
import { hasGo } from './version';

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `closeDone := sync.OnceFunc(func() { close(done) })`, called wherever the function closes the channel. */
export function closeOnce(all: Analysed, fn: FlowFunction, place: Place): ReportFix[] {
  const key = placeKey(place);
  const closes = fn.ops
    .map((op) => op.inner ?? op)
    .filter((op) => op.kind === 'close' && op.place && placeKey(op.place) === key);
  const elsewhere = fn.literals.flatMap(family).some(({ ops }) => ops.some((op) => (op.inner ?? op).kind === 'close'));
  const imports = importing(fn.file, 'sync');
  const name = `close${capital(place.path.at(-1) ?? place.root.name)}`;
  const [first] = closes.map(({ node }) => statementOf(node)).sort((a, b) => a.start - b.start);
  if (!hasGo(all.pkg, 1, 21) || !imports || elsewhere || !first || mentions(fn.body.text, name)) return [];
  if (first.parent?.parent !== fn.body || !/^[\w.]+$/u.test(place.node.text)) return [];
  return [
    {
      title: phrase`Close ${place.node.text} once, with sync.OnceFunc`,
      edits: [
        ...imports,
        lineBefore(fn.file, first, `${name} := sync.OnceFunc(func() { close(${place.node.text}) })`),
        ...closes.map(({ node }) => replace(fn.file, node, `${name}()`)),
      ],
    },
  ];
}

/** `select { case <-s.done: default: close(s.done) }`: by a sync.Once of its own, or under a lock that is there. */
export function closeByOne(all: Analysed, close: Op, select: Syntax): ReportFix[] {
  const { fn } = close;
  const text = close.place!.node.text;
  const cases = select.namedChildren;
  const bare = cases.every((one) => one.type !== 'communication_case' || one.namedChildren.length === 1);
  if (cases.length !== 2 || !bare || !isStatement(select) || !/^\w+\.\w+$/u.test(text)) return [];
  if (statementOf(close.node).parent?.namedChildren.length !== 1) return [];
  const receiver = text.slice(0, text.indexOf('.'));
  const owner = close.place!.root.type;
  const fixes: ReportFix[] = [];
  const name = `${close.place!.path[0]}Once`;
  const field = all.pkg.field(owner, name) ? undefined : newField(all, owner, name, 'sync.Once');
  const imports = field && importing(field.file, 'sync');
  if (field && imports)
    fixes.push({
      title: phrase`Close ${text} by a sync.Once`,
      edits: [...imports, field, replace(fn.file, select, `${receiver}.${name}.Do(func() { close(${text}) })`)],
    });
  const struct = all.pkg.underlying(owner?.kind === 'pointer' ? owner.to : owner);
  const mutex =
    struct?.kind === 'struct'
      ? [...struct.fields.values()].find(({ type, embedded }) => isMutex(type) && !embedded)
      : undefined;
  if (mutex)
    fixes.push({
      title: phrase`Hold ${receiver}.${mutex.name} around both`,
      edits: [
        lineBefore(fn.file, select, `${receiver}.${mutex.name}.Lock()`),
        lineAfter(fn.file, select, `${receiver}.${mutex.name}.Unlock()`),
      ],
    });
  return fixes;
}

/** One more field at the end of a struct, behind an empty line, so that nothing has to be aligned anew. */
function newField(all: Analysed, owner: Place['type'], name: string, type: string): ReportEdit | undefined {
  const struct = all.pkg.underlying(owner?.kind === 'pointer' ? owner.to : owner);
  if (struct?.kind !== 'struct' || nameOf(owner) === undefined) return undefined;
  const fields = [...struct.fields.values()].map(({ node }) => node);
  const last = fields.at(-1);
  const file = last && fileOf(all, last);
  if (!last || !file) return undefined;
  const list = last.parent!;
  if (list.text.includes('\n')) {
    // A comment may follow in its line.
    const end = file.source.text.indexOf('\n', last.endIndex);
    return { file, start: end, end, text: `\n\n${indentation(file, last)}${name} ${type}` };
  }
  const indent = indentation(file, list);
  const own = [...new Set(fields)].map(({ text }) => `${indent}\t${text}\n`).join('');
  const start = list.startIndex;
  const space = file.source.text[start - 1] === ' ' ? '' : ' ';
  return { file, start, end: list.endIndex, text: `${space}{\n${own}\n${indent}\t${name} ${type}\n${indent}}` };
}

const fileOf = (all: Analysed, node: Syntax): PackageFile | undefined =>
  all.pkg.files.find(({ source }) => source.declarations.some((one) => one === node.origin));

/** `if x == nil { mu.Lock(); … }` without the outer look. */
export function lookUnderLock(fn: FlowFunction, outer: Syntax): ReportFix[] {
  const body = outer.childForFieldName('consequence');
  const first = body?.namedChild(0)?.namedChild(0);
  const statements = body?.namedChild(0);
  if (!isStatement(outer) || outer.childForFieldName('alternative') || outer.childForFieldName('initializer'))
    return [];
  if (!statements || first?.type !== 'expression_statement' || !/\.Lock\(\)$/u.test(first.text)) return [];
  // Names that it declares would be declared in the block around.
  if (statements.namedChildren.some(({ type }) => /declaration$|^defer_statement$/u.test(type))) return [];
  const text = dedented(fn.file.source.text.slice(statements.startIndex, statements.endIndex));
  return text === undefined
    ? []
    : [{ title: phrase`Look only under the lock`, edits: [replace(fn.file, outer, text)] }];
}
