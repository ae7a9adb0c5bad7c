/** Every use of a local channel variable, sorted by what it means for those who wait on the channel. */

import { argumentsOf, callee, isInside, named } from './syntax';
import type { Syntax as Node } from './syntax-node';

/** A channel that a function makes and keeps in a variable. */
export interface LocalChannel {
  name: string;
  /** The call of make. */
  make: Node;
  /** The statement that declares it, and the block or case in which it lives. */
  declaration: Node;
  scope: Node;
}

/** A goroutine started with a function literal, or the literal's part of the enclosing function. */
export interface Spawn {
  go: Node;
  body: Node;
  sends: Node[];
  receives: Node[];
  /** `range ch`. */
  ranges: Node[];
  closes: Node[];
}

export interface ChannelUses {
  /** By the function that made the channel itself. */
  own: Omit<Spawn, 'go' | 'body'>;
  /** Deferred calls and literals of the maker that mention the channel. */
  deferred: Node[];
  spawns: Spawn[];
}

/** Unbuffered channels that the statements of `body` (not of literals in it) declare. */
export function unbufferedChannels(body: Node): LocalChannel[] {
  const literals = body.descendantsOfType('func_literal');
  return body.descendantsOfType(['short_var_declaration', 'var_spec']).flatMap((declaration) => {
    if (literals.some((literal) => isInside(declaration, literal))) return [];
    const short = declaration.type === 'short_var_declaration';
    const left = short ? named(declaration.childForFieldName('left')!) : declaration.childrenForFieldName('name');
    const values = declaration.childForFieldName(short ? 'right' : 'value');
    const statement = short ? declaration : outerStatement(declaration);
    const scope = statement.parent;
    if (!values || scope?.type !== 'statement_list') return [];
    return named(values).flatMap((make, index) => {
      const name = left[index];
      if (name?.type !== 'identifier' || !isUnbuffered(make)) return [];
      return [{ name: name.text, make, declaration: statement, scope }];
    });
  });
}

function outerStatement(spec: Node): Node {
  let node = spec;
  while (node.parent && node.parent.type !== 'statement_list') node = node.parent;
  return node;
}

function isUnbuffered(make: Node): boolean {
  if (make.type !== 'call_expression' || callee(make)?.method !== 'make') return false;
  const [type, size] = argumentsOf(make);
  return type?.type === 'channel_type' && (size === undefined || size.text === '0');
}

/** The uses of the channel in its scope; undefined when it escapes: somebody we do not see may use it. */
export function usesOf(channel: LocalChannel): ChannelUses | undefined {
  const { name, scope, declaration } = channel;
  const uses: ChannelUses = { own: nobody(), deferred: [], spawns: [] };
  const identifiers = scope
    .descendantsOfType('identifier')
    .filter((it) => it.text === name && it.startIndex >= declaration.endIndex);
  for (const identifier of identifiers) {
    const where = whoseUse(identifier, scope, name);
    if (where === undefined) return undefined;
    if (where.type === 'defer') {
      uses.deferred.push(where.node);
      continue;
    }
    let user: Omit<Spawn, 'go' | 'body'> = uses.own;
    if (where.type === 'go') {
      let spawn = uses.spawns.find(({ go }) => go === where.node);
      if (!spawn) {
        spawn = { go: where.node, body: where.body, ...nobody() };
        uses.spawns.push(spawn);
      }
      user = spawn;
      if (where.parameter) continue;
    }
    if (!note(identifier, user)) return undefined;
  }
  return uses;
}

const nobody = (): Omit<Spawn, 'go' | 'body'> => ({ sends: [], receives: [], ranges: [], closes: [] });

type Where =
  | { type: 'own' }
  | { type: 'defer'; node: Node }
  /** parameter: it is handed to the literal under the same name. */
  | { type: 'go'; node: Node; body: Node; parameter: boolean };

/** In whose code the identifier stands; undefined in a function literal that may run at any time. */
function whoseUse(identifier: Node, scope: Node, name: string): Where | undefined {
  let deferred: Node | undefined;
  for (let node = identifier.parent; node && node !== scope; node = node.parent) {
    if (node.type === 'defer_statement') deferred = node;
    if (node.type === 'go_statement') {
      const call = node.namedChild(0);
      const literal = call?.childForFieldName('function');
      const body = literal?.type === 'func_literal' ? literal.childForFieldName('body') : null;
      if (!call || !body) return undefined;
      if (isInside(identifier, body)) return { type: 'go', node, body, parameter: false };
      return sameParameter(literal!, call, identifier, name) ? { type: 'go', node, body, parameter: true } : undefined;
    }
    if (node.type === 'func_literal' && node.parent?.parent?.type !== 'go_statement') {
      // `defer func() { … }()`
      if (node.parent?.parent?.type !== 'defer_statement') return undefined;
    }
  }
  return deferred ? { type: 'defer', node: deferred } : { type: 'own' };
}

/** `go func(ch chan<- int) { … }(ch)` */
function sameParameter(literal: Node, call: Node, identifier: Node, name: string): boolean {
  const parameters = literal.childForFieldName('parameters');
  const names = parameters
    ? named(parameters).flatMap((it) => it.childrenForFieldName('name').map(({ text }) => text))
    : [];
  const at = argumentsOf(call).indexOf(identifier);
  return at < 0 ? names.includes(name) && isInside(identifier, literal) : names[at] === name;
}

/** Sorts one use in; false when it is none of those that keep the channel here. */
function note(identifier: Node, user: Omit<Spawn, 'go' | 'body'>): boolean {
  const parent = identifier.parent!;
  switch (parent.type) {
    case 'send_statement':
      if (parent.childForFieldName('channel') !== identifier) return false;
      user.sends.push(parent);
      return true;
    case 'unary_expression':
      if (parent.operator !== '<-') return false;
      user.receives.push(parent);
      return true;
    case 'range_clause':
      if (parent.childForFieldName('right') !== identifier) return false;
      user.ranges.push(parent);
      return true;
    case 'argument_list': {
      const method = callee(parent.parent!)?.method;
      if (method === 'close') user.closes.push(parent.parent!);
      return method === 'close' || method === 'len' || method === 'cap';
    }
    default:
      return false;
  }
}

/** The case of a select with more than one way out that the send or receive is, if it is one. */
export function hasAlternative(operation: Node): boolean {
  let node: Node | null = operation;
  while (node && node.type !== 'communication_case') {
    if (node.type === 'statement_list' || node.type === 'block') return false;
    node = node.parent;
  }
  return (
    node !== null && node.parent !== null && named(node.parent).filter(({ type }) => /_case$/u.test(type)).length > 1
  );
}
