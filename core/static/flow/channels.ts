/**
 * Everything that is done with each channel of a package, as far as it stays in sight: local variables, fields that only
 * this package can name, and package variables. A channel that is returned, stored elsewhere or handed to code that is
 * not seen escapes, and nobody can say who serves it.
 */
import type { Analysed } from '../analysed';
import type { Syntax } from '../source/syntax-node';
import { declaresAlias, isOperand, isReturned, valueFor } from './channel-operands';
import { targetsOf } from './dispatch';
import { type FlowFunction, type Op, outermost, type Place, type Variable } from './operations';

export interface ChannelUses {
  owner: string;
  sends: Op[];
  receives: Op[];
  closes: Op[];
  /** Somebody who is not seen may use it. */
  escapes: boolean;
  /** Somebody who is not seen may receive from it, and no more than that: it is handed out as `<-chan`. */
  lent: boolean;
  /** Calls of make that may have made it. */
  makes: { node: Syntax; fn: FlowFunction | undefined; size: string | undefined }[];
  /** Assigned from something that is no make. */
  foreign: boolean;
  name: string;
}

/** What the package calls itself; methods that it does not are there for interfaces of others. */
const calledFunctions = (all: Analysed): ReadonlySet<FlowFunction> =>
  all.once<string, ReadonlySet<FlowFunction>>(
    calledFunctions,
    '',
    new Set(),
    () => new Set(all.functions().flatMap(({ ops }) => ops.flatMap((op) => targetsOf(all, op.inner ?? op)))),
  );

/** By owner, as in Place. Linear in the package. */
export function channelUses(all: Analysed): ReadonlyMap<string, ChannelUses> {
  return all.once<string, ReadonlyMap<string, ChannelUses>>(channelUses, '', new Map(), () =>
    new Collector(all).collect(),
  );
}

class Collector {
  private readonly found = new Map<string, ChannelUses>();
  /** Parameter → what is handed to it. */
  private readonly same = new Map<string, string>();
  private readonly operands = new Set<Syntax>();
  /** Names of fields that are used on something whose type is not known. */
  private readonly unknown = new Set<string>();

  /** Nobody imports tests and programs. */
  private readonly importable: boolean;

  constructor(private readonly all: Analysed) {
    this.importable = !all.pkg.files.every(
      ({ path, source }) => /_test\.go$/u.test(path) || source.packageName === 'main',
    );
  }

  collect(): Map<string, ChannelUses> {
    const functions = this.all.functions();
    for (const fn of functions) for (const op of fn.ops) this.operation(op);
    for (const fn of functions) for (const op of fn.ops) this.inner(op);
    for (const fn of functions)
      for (const op of fn.ops)
        for (const access of op.accesses ?? []) this.access(access.place, access.node, access.write, fn);
    for (const fn of functions) this.literals(fn.body, fn);
    for (const variable of this.all.pkg.variables.values()) {
      if (variable.value) this.made(variable.name, variable.value, undefined);
    }
    this.merge();
    return this.found;
  }

  private of(owner: string, name: string): ChannelUses {
    let uses = this.found.get(owner);
    if (!uses) {
      const exported = (this.importable && /(?:^|\.)\p{Lu}[^.]*$/u.test(owner)) || /[/\]]/u.test(owner);
      uses = {
        owner,
        sends: [],
        receives: [],
        closes: [],
        escapes: exported,
        lent: false,
        makes: [],
        foreign: false,
        name,
      };
      this.found.set(owner, uses);
    }
    return uses;
  }

  private operation(op: Op): void {
    if (op.kind !== 'send' && op.kind !== 'receive' && op.kind !== 'close') return;
    if (!op.place) {
      // Of a type that is not known: it may be any field of that name.
      const operand =
        op.node.childForFieldName(op.kind === 'send' ? 'channel' : 'operand') ??
        op.node.childForFieldName('right') ??
        op.call?.args[0];
      const field = operand?.type === 'selector_expression' ? operand.childForFieldName('field')?.text : undefined;
      if (field !== undefined) this.unknown.add(field);
      return;
    }
    const uses = this.of(op.place.owner, op.place.node.text);
    if (op.kind === 'send') uses.sends.push(op);
    else if (op.kind === 'receive') uses.receives.push(op);
    else uses.closes.push(op);
    this.operands.add(op.place.node);
  }

  private inner(op: Op): void {
    if (op.kind === 'defer' && op.inner) this.operation(op.inner);
    // The channel of a parameter is the one that is handed over; a parameter nobody fills in sight escapes.
    const call = op.inner?.call ?? op.call;
    if (!call) return;
    const variants = call.target && this.all.pkg.variants.get(call.target.key);
    const targets = variants?.map((one) => this.all.flow(one)) ?? [call.literal ?? this.all.target(call.target)];
    for (const [index, place] of call.argPlaces.entries()) {
      if (!place || (!isChannel(this.all, place) && place.type !== undefined)) continue;
      const parameters = targets.flatMap((target) => target?.parameters[index] ?? []);
      const [parameter] = parameters;
      if (parameter && !call.dynamic) {
        for (const { id } of parameters) this.union(place.owner, `#${id}`);
        this.operands.add(place.node);
      } else if (/^(?:len|cap|close)$/u.test(call.name)) this.operands.add(place.node);
      else if (call.literal && parameter) {
        this.union(place.owner, `#${parameter.id}`);
        this.operands.add(place.node);
      }
    }
  }

  private access(place: Place, node: Syntax, write: boolean, fn: FlowFunction): void {
    if (!isChannel(this.all, place)) return;
    if (write) {
      const value = valueFor(node, place);
      if (value) {
        this.made(place.owner, value, fn);
        return;
      }
      if (place.root.loop || place.root.parameter !== undefined) this.of(place.owner, node.text).escapes = true;
      else if (place.path.length > 0 || place.root.node !== node) this.of(place.owner, node.text).foreign = true;
      return;
    }
    if (this.operands.has(node) || isOperand(node)) return;
    // `x := s.ch` is the same channel under another name.
    if (declaresAlias(node)) return;
    const uses = this.of(place.owner, node.text);
    const returned = isReturned(node);
    // Calls of what only returns it are its uses (Resolver.accessor).
    const isAccessor = returned && fn.declared?.receiver !== undefined && place.path.length === 1;
    if (isAccessor && !this.importable && calledFunctions(this.all).has(fn)) return;
    const direction = returned
      ? this.all.pkg.underlying(fn.declared?.results[node.parent!.namedChildren.indexOf(node)])
      : undefined;
    if (direction?.kind === 'channel' && direction.direction === 'receive') uses.lent = true;
    else uses.escapes = true;
  }

  private made(owner: string, value: Syntax, fn: FlowFunction | undefined): void {
    if (value.type !== 'call_expression' || value.childForFieldName('function')?.text !== 'make') {
      if (value.type !== 'nil' && !/^(?:identifier|selector_expression)$/u.test(value.type))
        this.of(owner, owner).foreign = true;
      return;
    }
    const [type, size] = value.childForFieldName('arguments')?.namedChildren ?? [];
    if (type?.type !== 'channel_type') return;
    this.of(owner, owner).makes.push({ node: value, fn, size: size?.text });
  }

  /** `T{ch: make(chan int)}`, and what is put into a field from elsewhere. */
  private literals(body: Syntax, fn: FlowFunction): void {
    if (fn.parent) return;
    for (const literal of body.descendantsOfType('composite_literal')) {
      const type = literal.childForFieldName('type');
      const name = type?.text.replace(/\[.*$/su, '') ?? '';
      const struct = this.all.pkg.underlying({ kind: 'named', name });
      const fields = struct?.kind === 'struct' ? [...struct.fields.keys()] : [];
      for (const [index, element] of (literal.childForFieldName('body')?.namedChildren ?? []).entries()) {
        const [key, value] =
          element.type === 'keyed_element'
            ? element.namedChildren.map((part) => (part.type === 'literal_element' ? part.namedChild(0) : part))
            : [{ text: fields[index] ?? '' }, element.namedChild(0)];
        if (!key || !value) continue;
        const owner = `${name}.${key.text}`;
        const field = this.all.pkg.field({ kind: 'named', name }, key.text)?.field;
        if (this.all.pkg.underlying(field?.type)?.kind !== 'channel') continue;
        this.made(owner, value, fn);
        if (value.type === 'identifier') {
          const root = [...fn.locals, ...fn.parameters, ...fn.literals.flatMap(({ locals }) => locals)].find(
            (one) => one.name === value.text,
          );
          if (root) {
            this.union(owner, `#${root.id}`);
            this.operands.add(value);
            this.handed.add(root);
          } else this.of(owner, owner).foreign = true;
        }
      }
    }
  }

  private readonly handed = new Set<Variable>();

  private union(a: string, b: string): void {
    const [first, second] = [this.root(a), this.root(b)];
    if (first !== second) this.same.set(second, first);
  }

  private root(owner: string): string {
    let at = owner;
    for (let next = this.same.get(at); next !== undefined; next = this.same.get(at)) at = next;
    return at;
  }

  /** Channels that may be the same are taken for one. */
  private merge(): void {
    for (const uses of this.found.values()) if (this.unknown.has(uses.owner.replace(/^.*\./u, ''))) uses.escapes = true;
    const merged = new Map<string, ChannelUses>();
    for (const uses of this.found.values()) {
      const root = this.root(uses.owner);
      const known = merged.get(root);
      if (!known) merged.set(root, { ...uses });
      else {
        known.sends = [...known.sends, ...uses.sends];
        known.receives = [...known.receives, ...uses.receives];
        known.closes = [...known.closes, ...uses.closes];
        known.makes = [...known.makes, ...uses.makes];
        known.escapes ||= uses.escapes;
        known.lent ||= uses.lent;
        known.foreign ||= uses.foreign;
        if (!uses.owner.startsWith('#') || known.makes.length === 0) known.name = known.name || uses.name;
      }
    }
    for (const owner of [...this.found.keys(), ...this.same.keys()]) {
      const uses = merged.get(this.root(owner));
      if (uses) this.found.set(owner, uses);
    }
  }
}

const isChannel = (all: Analysed, { type }: Place): boolean => all.pkg.underlying(type)?.kind === 'channel';

/** Whether every make of it is seen and has no buffer. */
export const isUnbuffered = ({ makes, foreign }: ChannelUses): boolean =>
  !foreign && makes.length > 0 && makes.every(({ size }) => size === undefined || size === '0');

/** Whether the operation may be left by another case. */
export const hasAlternative = ({ select }: Op): boolean =>
  select !== undefined &&
  (select.hasDefault || select.node.namedChildren.filter(({ type }) => /_case$/u.test(type)).length > 1);

/** Whether two functions belong to the same declared one. */
export const sameFamily = (a: FlowFunction, b: FlowFunction): boolean => outermost(a) === outermost(b);
