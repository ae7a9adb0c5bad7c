/** Fixes of channel operations that may wait for ever: a way out of a send, and a close. */
import { phrase } from '../../../protocol/phrase';
import type { ReportFix } from '../check';
import type { ChannelUses } from '../flow/channels';
import { type FlowFunction, type Op, outermost } from '../flow/operations';
import { mentions } from '../flow/walk';
import type { PackageFile } from '../source/package';
import { isNamedIn } from '../source/syntax';
import type { Syntax } from '../source/syntax-node';
import { nameOf } from '../source/types';
import { atStart, indentation, isStatement, lineAfter, lineBefore, removeLine, replace, statementOf } from './edits';

/** `select { case ch <- v: case <-done: return }` instead of the send. */
export const selectSend = (file: PackageFile, send: Syntax, done: string): ReturnType<typeof replace> => {
  const indent = indentation(file, send);
  // The last statement of its function needs no return; a linter would say so.
  return replace(
    file,
    send,
    `select {\n${indent}case ${send.text}:\n${indent}case <-${done}:\n${indent}\treturn\n${indent}}`,
  );
};

/** The context that a function has as a parameter. */
export function contextOf(fn: FlowFunction): string | undefined {
  for (let at: FlowFunction | undefined = fn; at; at = at.parent) {
    const found = at.parameters.find(({ type, name }) => nameOf(type) === 'context.Context' && name !== '_');
    if (found) return found.name;
  }
  return undefined;
}

const onOwnLine = (file: PackageFile, node: Syntax): boolean => {
  const { text } = file.source;
  const start = text.lastIndexOf('\n', node.startIndex - 1) + 1;
  const end = text.indexOf('\n', node.endIndex);
  return text.slice(start, node.startIndex).trim() === '' && text.slice(node.endIndex, end).trim() === '';
};

/** The statements as a select each, with the body of a literal on one line spread out. */
function endSends(of: FlowFunction, sends: readonly Syntax[], done: string): ReturnType<typeof replace>[] | undefined {
  const { file } = of;
  if (sends.some((send) => send.type !== 'send_statement' || !isStatement(send))) return undefined;
  return sends.map((send) => {
    if (onOwnLine(file, send)) return selectSend(file, send, done);
    const body = send.parent!.parent!;
    const outer = indentation(file, body);
    const inner = `${outer}\t`;
    const lines = send.parent!.namedChildren.map((one) =>
      one === send
        ? `select {\n${inner}case ${send.text}:\n${inner}case <-${done}:\n${inner}\treturn\n${inner}}`
        : one.text,
    );
    return replace(file, body, `{\n${lines.map((line) => `${inner}${line}\n`).join('')}${outer}}`);
  });
}

/** Of sends in goroutines that nobody may wait for: they end with the context, or with the function that started them. */
export function wayOut(
  of: FlowFunction,
  channel: { name: string; declaration: Syntax },
  sends: readonly Syntax[],
): ReportFix[] {
  // Sends that share a block on one line are spread out together, which is more than a fix should do.
  const blocks = sends.map(({ parent }) => parent);
  if (new Set(blocks).size !== blocks.length && sends.some((send) => !onOwnLine(of.file, send))) return [];
  const fixes: ReportFix[] = [];
  const context = contextOf(of);
  const ended = context === undefined ? undefined : endSends(of, sends, `${context}.Done()`);
  if (context !== undefined && ended)
    fixes.push({ title: phrase`Let the send on ${channel.name} end with ${context}`, edits: ended });
  const stopped = mentions(of.body.text, 'stop') ? undefined : endSends(of, sends, 'stop');
  if (stopped && isStatement(channel.declaration))
    fixes.push({
      title: phrase`Let the send on ${channel.name} end when ${of.name} returns`,
      edits: [
        lineAfter(
          of.file,
          channel.declaration,
          `stop := make(chan struct{})\n${indentation(of.file, channel.declaration)}defer close(stop)`,
        ),
        ...stopped,
      ],
    });
  return fixes;
}

/** `defer close(ch)` right behind the making, instead of the closes on some of the paths. */
export function deferClose(
  of: FlowFunction,
  channel: { name: string; declaration: Syntax },
  closes: readonly Syntax[],
): ReportFix[] {
  const statements = closes.map((close) => statementOf(close));
  if (!isStatement(channel.declaration) || channel.declaration.parent?.parent !== of.body) return [];
  if (statements.some(({ type }) => type !== 'expression_statement')) return [];
  return [
    {
      title: phrase`Close ${channel.name} with defer`,
      edits: [
        lineAfter(of.file, channel.declaration, `defer close(${channel.name})`),
        ...statements.map((statement) => removeLine(of.file, statement)),
      ],
    },
  ];
}

/** Who sends closes when done: the one goroutine that does so, or one more that waits for the group of several. */
export function closeBySender(range: Op, sends: readonly Op[]): ReportFix[] {
  const name = range.place?.path.length === 0 ? range.place.root.name : undefined;
  const senders = new Set(sends.map(({ fn }) => fn));
  const [sender] = senders;
  if (name === undefined || senders.size !== 1 || !sender || sender.use !== 'go') return [];
  if (!sends.every(({ place }) => place?.root === range.place?.root) || sender === range.fn) return [];
  const go = sender.parent?.ops.find((op) => op.kind === 'go' && op.target === sender);
  if (!go) return [];
  const inLoop = ancestors(go.node).some(({ type }) => type === 'for_statement');
  if (!inLoop) {
    const edits = atStart(sender.file, sender.body, [`defer close(${name})`]);
    return edits.length === 0 ? [] : [{ title: phrase`Close ${name} when its sender is done`, edits }];
  }
  const done = sender.ops.map((op) => op.inner ?? op).find(({ kind }) => kind === 'wg-done');
  const group = done?.place?.node.text.replace(/^&/u, '');
  const loop = statementOf(range.node.parent ?? range.node);
  const waits = sender.parent!.ops.some(({ kind, place }) => kind === 'wg-wait' && place?.owner === done?.place?.owner);
  if (group === undefined || waits || range.fn !== sender.parent || !isStatement(loop)) return [];
  const indent = indentation(range.fn.file, loop);
  const text = `go func() {\n${indent}\t${group}.Wait()\n${indent}\tclose(${name})\n${indent}}()`;
  return [{ title: phrase`Close ${name} when ${group} is done`, edits: [lineBefore(range.fn.file, loop, text)] }];
}

function ancestors(node: Syntax): Syntax[] {
  const found: Syntax[] = [];
  for (let at = node.parent; at && at.type !== 'func_literal'; at = at.parent) found.push(at);
  return found;
}

/** Who receives closes a second channel, on which the senders select, instead of the one that they send on. */
export function stopInstead(close: Op, { sends, closes, name }: ChannelUses): ReportFix[] {
  const root = close.place?.path.length === 0 ? close.place.root : undefined;
  const of = root?.owner;
  const [argument] = close.call?.args ?? [];
  const statements = sends.map(({ node }) => statementOf(node));
  if (!root || !of || !argument || closes.length !== 1 || isNamedIn(outermost(of).body, 'stop')) return [];
  const declaration = statementOf(root.node);
  const inside = sends.every(
    ({ fn, node, select }) => fn.file === of.file && isWithin(fn, of) && node.type === 'send_statement' && !select,
  );
  const returns = sends.some(({ fn }) => fn.node.childForFieldName('result') !== null);
  if (!inside || returns || !isStatement(declaration) || !statements.every((one) => onOwnLine(of.file, one))) return [];
  return [
    {
      title: phrase`Close a channel of its own to stop who sends on ${name}`,
      edits: [
        lineAfter(of.file, declaration, 'stop := make(chan struct{})'),
        ...statements.map((one) => selectSend(of.file, one, 'stop')),
        replace(of.file, argument, 'stop'),
      ],
    },
  ];
}

function isWithin(fn: FlowFunction, outer: FlowFunction): boolean {
  for (let at: FlowFunction | undefined = fn; at; at = at.parent) if (at === outer) return true;
  return false;
}
