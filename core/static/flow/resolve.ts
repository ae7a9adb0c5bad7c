/** What expressions mean: the variables and fields they name, and their types as far as declarations tell. */
import type { Package, PackageFile, PackageFunction } from '../source/package';
import type { Syntax } from '../source/syntax-node';
import { importPath, isMutex, namedType, nameOf, resultTypes, type Type, typeOfSyntax } from '../source/types';
import type { Place, Variable } from './operations';
import { FIELDS, METHODS, RESULTS } from './standard-library';

let variableIds = 0;

/** Names of one block and of those around it. */
export class Scope {
  private readonly names = new Map<string, Variable>();
  constructor(readonly outer?: Scope) {}

  declare(variable: Variable): void {
    if (variable.name !== '_') this.names.set(variable.name, variable);
  }

  find(name: string): Variable | undefined {
    for (let at: Scope | undefined = this; at; at = at.outer) {
      const found = at.names.get(name);
      if (found) return found;
    }
    return undefined;
  }
}

export function newVariable(of: Omit<Variable, 'id' | 'owned' | 'writes'>): Variable {
  const id = ++variableIds;
  return { ...of, id, owned: of.owner ? `#${id}` : of.name, writes: 0 };
}

const NO_PATH: readonly string[] = [];

const newMap = <K, V>(): Map<K, V> => new Map<K, V>();

function known<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  let value = values.get(key);
  if (value === undefined) {
    value = make();
    values.set(key, value);
  }
  return value;
}

/** Whom a call calls; `name` as in Call. */
interface Callee {
  name: string;
  method: string;
  target?: PackageFunction;
  receiver?: Place;
  receiverNode?: Syntax;
  receiverType?: Type | undefined;
  dynamic: boolean;
}

export class Resolver {
  private readonly globals = new Map<string, Variable>();
  private readonly owners = new Map<string, Map<string, string>>();
  private readonly paths = new Map<readonly string[], Map<string, readonly string[]>>();

  constructor(public pkg: Package) {}

  variable(name: string, scope: Scope): Variable | undefined {
    const local = scope.find(name);
    if (local) return local;
    const declared = this.pkg.variables.get(name);
    if (!declared) return undefined;
    let global = this.globals.get(name);
    if (!global) {
      const { node, file } = declared;
      const value = declared.value;
      const type = declared.type ?? (value ? this.typeOf(value, new Scope(), file) : undefined);
      global = newVariable({ name, type, node, owner: undefined, ...(value ? { value } : {}) });
      this.globals.set(name, global);
    }
    return global;
  }

  /** Undefined for what is no variable: results of calls, names of packages. */
  place(node: Syntax | null | undefined, scope: Scope, file: PackageFile): Place | undefined {
    switch (node?.type) {
      case 'identifier': {
        const root = this.variable(node.text, scope);
        if (!root) return undefined;
        if (root.alias && root.writes === 0) return { ...root.alias, node };
        return { root, path: NO_PATH, type: root.type, owner: root.owned, node };
      }
      case 'parenthesized_expression':
        return this.place(node.namedChild(0), scope, file);
      case 'unary_expression': {
        if (node.operator !== '&' && node.operator !== '*') return undefined;
        const place = this.place(node.childForFieldName('operand'), scope, file);
        if (!place) return undefined;
        const { type } = place;
        return {
          ...place,
          type: node.operator === '&' ? { kind: 'pointer', to: type } : type?.kind === 'pointer' ? type.to : type,
        };
      }
      case 'selector_expression': {
        const operand = node.childForFieldName('operand');
        const name = node.childForFieldName('field')?.text ?? '';
        const base = this.place(operand, scope, file);
        if (base) return this.fieldOf(base, name, node);
        // A field of what a call or an assertion gives: which one is not known, whose is.
        const type = this.typeOf(operand, scope, file);
        if (!type || !this.pkg.field(type, name)) return undefined;
        const root = newVariable({ name: operand?.text ?? '', type, node, owner: undefined, temporary: true });
        return this.fieldOf({ root, path: [], type, owner: '', node }, name, node);
      }
      case 'index_expression': {
        const base = this.place(node.childForFieldName('operand'), scope, file);
        if (!base) return undefined;
        const of = this.pkg.underlying(base.type?.kind === 'pointer' ? base.type.to : base.type);
        const type = of?.kind === 'map' || of?.kind === 'list' ? of.element : undefined;
        const index = node.childForFieldName('index')?.text ?? '';
        return {
          root: base.root,
          path: this.pathOf(base.path, `[${index}]`),
          type,
          owner: this.ownerOf(base.owner, '[]'),
          node,
        };
      }
      default:
        return undefined;
    }
  }

  fieldOf(base: Place, name: string, node: Syntax): Place {
    const found = this.pkg.field(base.type, name);
    const known = FIELDS[`${nameOf(base.type)}.${name}`];
    const owner = found && found.owner !== 'struct' ? found.owner : (nameOf(base.type) ?? base.owner);
    const type = found?.field.type ?? known;
    // What an embedded struct has is the same with and without its name: `tx.base.mu` and `tx.mu`.
    const promotes =
      found?.field.embedded &&
      !isMutex(type) &&
      this.pkg.underlying(type)?.kind !== 'interface' &&
      !this.hides(base.type, type);
    const path = promotes ? base.path : this.pathOf(base.path, name);
    return { root: base.root, path, type, owner: this.ownerOf(owner, `.${name}`), node };
  }

  /** Hundreds of thousands of places have the same few owners and paths. */
  private ownerOf(owner: string, part: string): string {
    return known(known(this.owners, owner, newMap<string, string>), part, () => `${owner}${part}`);
  }

  private pathOf(path: readonly string[], part: string): readonly string[] {
    return known(known(this.paths, path, newMap<string, readonly string[]>), part, () => [...path, part]);
  }

  /** Whether a struct has fields of the same name as what is embedded in it. */
  private hides(outer: Type | undefined, embedded: Type | undefined): boolean {
    const fieldsOf = (type: Type | undefined): readonly string[] => {
      const struct = this.pkg.underlying(type?.kind === 'pointer' ? type.to : type);
      return struct?.kind === 'struct' ? [...struct.fields.keys()] : [];
    };
    const own = fieldsOf(outer);
    return fieldsOf(embedded).some((name) => own.includes(name));
  }

  typeOf(node: Syntax | null | undefined, scope: Scope, file: PackageFile): Type | undefined {
    const { imports } = file.source;
    switch (node?.type) {
      case 'parenthesized_expression':
        return this.typeOf(node.namedChild(0), scope, file);
      case 'identifier':
      case 'index_expression':
      case 'selector_expression':
        return this.place(node, scope, file)?.type;
      case 'unary_expression': {
        const operand = this.typeOf(node.childForFieldName('operand'), scope, file);
        if (node.operator === '&') return { kind: 'pointer', to: operand };
        if (node.operator === '*') return operand?.kind === 'pointer' ? operand.to : operand;
        const of = node.operator === '<-' ? this.pkg.underlying(operand) : undefined;
        return of?.kind === 'channel' ? of.element : undefined;
      }
      case 'composite_literal':
        return typeOfSyntax(node.childForFieldName('type'), imports);
      case 'type_assertion_expression':
      case 'type_conversion_expression':
        return typeOfSyntax(node.childForFieldName('type'), imports);
      case 'func_literal':
        return { kind: 'function', results: resultTypes(node, imports) };
      case 'call_expression': {
        const results = this.resultsOf(node, scope, file);
        return results[0];
      }
      default:
        return undefined;
    }
  }

  resultsOf(call: Syntax, scope: Scope, file: PackageFile): readonly (Type | undefined)[] {
    const target = call.childForFieldName('function');
    const { imports } = file.source;
    if (target?.type === 'identifier' && !scope.find(target.text)) {
      const [first] = call.childForFieldName('arguments')?.namedChildren ?? [];
      if (target.text === 'make') return [typeOfSyntax(first, imports)];
      if (target.text === 'new') return [{ kind: 'pointer', to: typeOfSyntax(first, imports) }];
      if (target.text === 'append') return [this.typeOf(first, scope, file)];
      if (this.pkg.types.has(target.text)) return [namedType(target.text)];
    }
    const declared = this.callee(call, scope, file);
    if (declared.target) return declared.target.results;
    const known = RESULTS[declared.name];
    if (known) return known;
    const method = METHODS[declared.name];
    if (method) return [method];
    const called = this.pkg.underlying(
      target?.type === 'selector_expression' ? this.selected(declared, target) : this.typeOf(target, scope, file),
    );
    return called?.kind === 'function' ? called.results : [];
  }

  /**
   * The type of a field that is called. Resolving its operand a second time would take twice as long with each call of a
   * chain: `b.A().B().C()`.
   */
  private selected({ receiver, receiverType, method }: Callee, node: Syntax): Type | undefined {
    if (receiver) return this.fieldOf(receiver, method, node).type;
    return this.pkg.field(receiverType, method)?.field.type;
  }

  /** `s.Done()` where Done only returns a field: that field. */
  accessor(node: Syntax | null | undefined, scope: Scope, file: PackageFile): Place | undefined {
    if (node?.type !== 'call_expression') return undefined;
    const { target, receiver, receiverType } = this.callee(node, scope, file);
    if (!target?.receiver || (!receiver && !receiverType)) return undefined;
    const last = target.body.namedChildren.at(-1)?.namedChildren.at(-1);
    const value = last?.type === 'return_statement' ? last.namedChild(0)?.namedChild(0) : undefined;
    const operand = value?.type === 'selector_expression' ? value.childForFieldName('operand') : undefined;
    if (operand?.type !== 'identifier' || operand.text !== target.receiver.name) return undefined;
    // Through an interface the receiver is of the type that has the method.
    const { type } = target.receiver;
    const root = newVariable({ name: node.text, type, node, owner: undefined, temporary: true });
    const base = receiver ? { ...receiver, type } : { root, path: [], type, owner: '', node };
    return this.fieldOf(base, value!.childForFieldName('field')?.text ?? '', node);
  }

  /** A call through an interface of the package means the only method of that name, when there is just one. */
  private onlyImplementation(
    type: Type | undefined,
    method: string,
    args: readonly Syntax[],
    from: PackageFile,
  ): PackageFunction | undefined {
    const candidates = this.pkg.implementations(type, method, args, from);
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  callee(call: Syntax, scope: Scope, file: PackageFile): Callee {
    let target = call.childForFieldName('function');
    if (target?.type === 'parenthesized_expression') target = target.namedChild(0);
    if (target?.type === 'index_expression' || target?.type === 'type_instantiation_expression')
      target = target.childForFieldName('operand') ?? target.namedChild(0);
    if (target?.type === 'identifier') {
      const name = target.text;
      if (scope.find(name)) return { name, method: name, dynamic: true };
      const declared = this.pkg.functions.get(name);
      if (declared) return { name, method: name, target: declared, dynamic: false };
      return { name, method: name, dynamic: this.pkg.variables.has(name) };
    }
    if (target?.type !== 'selector_expression')
      return { name: '', method: '', dynamic: target?.type !== 'func_literal' };
    const operand = target.childForFieldName('operand')!;
    const method = target.childForFieldName('field')?.text ?? '';
    if (operand.type === 'identifier' && !scope.find(operand.text) && !this.pkg.variables.has(operand.text)) {
      // Half-typed files name packages that they do not import yet.
      const path = importPath(file.source.imports, operand.text);
      return { name: `${path}.${method}`, method, dynamic: false };
    }
    const receiver = this.place(operand, scope, file);
    // What is no place there has been resolved, too.
    const isResolved = receiver !== undefined || operand.type === 'selector_expression';
    const receiverType = isResolved ? receiver?.type : this.typeOf(operand, scope, file);
    const of = { method, receiverNode: operand, receiverType, ...(receiver ? { receiver } : {}) };
    const declared = this.pkg.method(receiverType, method);
    if (declared) return { ...of, name: declared.key, target: declared, dynamic: false };
    const only = this.onlyImplementation(
      receiverType,
      method,
      call.childForFieldName('arguments')?.namedChildren ?? [],
      file,
    );
    if (only) return { ...of, name: only.key, target: only, dynamic: true };
    const field = this.pkg.field(receiverType, method)?.field;
    const owner = nameOf(receiverType);
    return { ...of, name: owner === undefined ? method : `${owner}.${method}`, dynamic: field !== undefined };
  }
}
