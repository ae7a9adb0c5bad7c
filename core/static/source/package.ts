/** The index of a package: its types, functions, methods and variables, put together from the declarations of its files. */
import type { Declaration, SourceFile } from './declarations';
import type { Syntax } from './syntax-node';
import { type Field, type Imports, isMutex, namedType, nameOf, resultTypes, type Type, typeOfSyntax } from './types';

export interface PackageFunction {
  /** `f`, or `T.m` of methods. */
  key: string;
  /** As Go prints it: `f`, `(*T).m`, `T.m`. */
  name: string;
  node: Syntax;
  body: Syntax;
  results: readonly (Type | undefined)[];
  receiver?: { name: string; type: Type | undefined };
  file: PackageFile;
  declaration: Declaration;
}

export interface PackageVariable {
  name: string;
  type: Type | undefined;
  value: Syntax | undefined;
  node: Syntax;
  file: PackageFile;
}

export interface PackageFile {
  /** As the caller names it; not read. */
  path: string;
  source: SourceFile;
}

/** What a declaration gives to the index, whatever the other declarations say. */
interface Given {
  imports: Imports;
  types: { name: string; type: Type | undefined; alias: boolean }[];
  functions: Omit<PackageFunction, 'file' | 'declaration'>[];
  variables: Omit<PackageVariable, 'file'>[];
}

const given = new WeakMap<Declaration, Given>();

export class Package {
  readonly types = new Map<string, Type | undefined>();
  readonly functions = new Map<string, PackageFunction>();
  readonly variables = new Map<string, PackageVariable>();
  /** Every function and method of each file, also those that a build constraint declares twice. */
  readonly all: PackageFunction[] = [];
  /** Of those that build constraints declare more than once: all, by key. */
  readonly variants = new Map<string, PackageFunction[]>();
  /** Method name → methods, for calls on what is not known. */
  readonly methods = new Map<string, PackageFunction[]>();

  private locked: Set<string> | undefined;

  constructor(
    readonly files: readonly PackageFile[],
    /** Of the module's go directive, as 1.26; decides what loop variables are. */
    readonly goVersion: string | undefined = undefined,
  ) {
    for (const file of files) for (const declaration of file.source.declarations) this.add(file, declaration);
  }

  private add(file: PackageFile, declaration: Declaration): void {
    const { types, functions, variables } = read(declaration, file.source.imports);
    for (const { name, type } of types) this.types.set(name, type);
    for (const variable of variables) this.variables.set(variable.name, { ...variable, file });
    for (const one of functions) {
      const of: PackageFunction = { ...one, file, declaration };
      this.all.push(of);
      const other = this.functions.get(of.key);
      if (other) this.variants.set(of.key, [...(this.variants.get(of.key) ?? [other]), of]);
      this.functions.set(of.key, of);
      if (!of.receiver) continue;
      const name = of.key.slice(of.key.indexOf('.') + 1);
      const same = this.methods.get(name);
      if (same) same.push(of);
      else this.methods.set(name, [of]);
    }
  }

  /** What a name stands for, through names of this package: `type Set map[string]bool` → the map. */
  underlying(type: Type | undefined): Type | undefined {
    let at = type;
    for (let depth = 0; at?.kind === 'named' && depth < 8; depth++) {
      if (!this.types.has(at.name)) return at;
      at = this.types.get(at.name);
    }
    return at;
  }

  /** Structs of the package that have a mutex of their own. */
  lockedTypes(): ReadonlySet<string> {
    if (!this.locked) {
      this.locked = new Set();
      for (const [name, type] of this.types) {
        const fields = type?.kind === 'struct' ? [...type.fields.values()] : [];
        if (fields.some((field) => isMutex(field.type))) this.locked.add(name);
      }
    }
    return this.locked;
  }

  /** Of a struct or of what it embeds; `owner` names the type that declares it. */
  field(type: Type | undefined, name: string, depth = 0): { field: Field; owner: string } | undefined {
    const owner = nameOf(type) ?? 'struct';
    const of = type?.kind === 'pointer' ? type.to : type;
    const struct = this.underlying(of);
    const fields = struct?.kind === 'pointer' ? this.underlying(struct.to) : struct;
    if (fields?.kind !== 'struct' || depth > 4) return undefined;
    const own = fields.fields.get(name);
    if (own) return { field: own, owner };
    for (const { embedded, type: inner } of fields.fields.values()) {
      const promoted = embedded ? this.field(inner, name, depth + 1) : undefined;
      if (promoted) return promoted;
    }
    return undefined;
  }

  /** A method of the type or of what it embeds. */
  method(type: Type | undefined, name: string, depth = 0): PackageFunction | undefined {
    const of = nameOf(type);
    if (of === undefined || depth > 4) return undefined;
    const own = this.functions.get(`${of}.${name}`);
    if (own) return own;
    const struct = this.underlying(namedType(of));
    if (struct?.kind !== 'struct') return undefined;
    for (const { embedded, type: inner } of struct.fields.values()) {
      const promoted = embedded ? this.method(inner, name, depth + 1) : undefined;
      if (promoted) return promoted;
    }
    return undefined;
  }

  /** Methods of an interface of this package, embedded ones too; those of interfaces of other packages are not known. */
  methodsOf(type: Type | undefined, depth = 0): string[] {
    const at = this.underlying(type);
    if (at?.kind !== 'interface' || depth > 4) return [];
    return [...at.methods, ...at.embeds.flatMap((name) => this.methodsOf(namedType(name), depth + 1))];
  }

  /** What a call of the method on an interface of this package may run: those of all types that have the other methods too. */
  implementations(
    type: Type | undefined,
    method: string,
    args: readonly Syntax[],
    from: PackageFile,
  ): PackageFunction[] {
    if (type?.kind !== 'named' || !this.types.has(type.name)) return [];
    const wanted = this.methodsOf(type);
    if (!wanted.includes(method)) return [];
    return (this.methods.get(method) ?? []).filter(({ key, node, file }) => {
      // What tests put in its place the program does not run.
      if (!accepts(node, args) || (isTestFile(file) && !isTestFile(from))) return false;
      const of = namedType(key.slice(0, key.indexOf('.')));
      return wanted.every((name) => this.method(of, name) !== undefined);
    });
  }

  /** The embedded mutex that `x.Lock()` means when x is of this type. */
  embeddedLock(type: Type | undefined): { path: string[]; type: Type } | undefined {
    for (const name of ['Mutex', 'RWMutex']) {
      const found = this.field(type, name);
      if (found?.field.embedded && found.field.type && nameOf(found.field.type) === `sync.${name}`)
        return { path: [name], type: found.field.type };
    }
    return undefined;
  }
}

const isTestFile = ({ path }: PackageFile): boolean => /_test\.go$/u.test(path);

/** Whether a function can be called with so many arguments: methods of one name are not always of one interface. */
function accepts(node: Syntax, args: readonly Syntax[]): boolean {
  const given = args.filter(({ type }) => type !== 'comment');
  if (given.length === 1 && given[0]!.type === 'call_expression') return true;
  const declared = node.childForFieldName('parameters')?.namedChildren ?? [];
  const counts = declared
    .filter(({ type }) => type === 'parameter_declaration')
    .map(({ namedChildren }) => Math.max(1, namedChildren.length - 1));
  const fixed = counts.reduce((sum, count) => sum + count, 0);
  const isVariadic = declared.some(({ type }) => type === 'variadic_parameter_declaration');
  return isVariadic ? fixed <= given.length : fixed === given.length;
}

function read(declaration: Declaration, imports: Imports): Given {
  const known = given.get(declaration);
  if (known && sameImports(known.imports, imports)) return known;
  const result: Given = { imports, types: [], functions: [], variables: [] };
  const { node } = declaration;
  switch (node.type) {
    case 'type_declaration':
      for (const spec of node.namedChildren) {
        const name = spec.childForFieldName('name')?.text ?? '';
        const alias = spec.type === 'type_alias';
        result.types.push({ name, type: typeOfSyntax(spec.childForFieldName('type'), imports), alias });
      }
      break;
    case 'var_declaration':
      for (const spec of node.descendantsOfType('var_spec')) {
        // Not those of function literals.
        if (spec.parent !== node && spec.parent?.type !== 'var_spec_list') continue;
        const type = typeOfSyntax(spec.childForFieldName('type'), imports);
        const values = spec.childForFieldName('value')?.namedChildren ?? [];
        for (const [index, name] of spec.childrenForFieldName('name').entries()) {
          result.variables.push({ name: name.text, type, value: values[index], node: name });
        }
      }
      break;
    case 'function_declaration':
    case 'method_declaration': {
      const body = node.childForFieldName('body');
      if (body) result.functions.push(functionOf(node, body, imports));
      break;
    }
    default:
  }
  given.set(declaration, result);
  return result;
}

function functionOf(node: Syntax, body: Syntax, imports: Imports): Omit<PackageFunction, 'file' | 'declaration'> {
  const own = node.childForFieldName('name')?.text ?? '';
  const results = resultTypes(node, imports);
  const parameter = node.childForFieldName('receiver')?.namedChild(0);
  if (!parameter) return { key: own, name: own, node, body, results };
  const type = typeOfSyntax(parameter.childForFieldName('type'), imports);
  const of = nameOf(type) ?? '';
  const name = `${type?.kind === 'pointer' ? `(*${of})` : `(${of})`}.${own}`;
  const receiver = { name: parameter.childForFieldName('name')?.text ?? '', type };
  return { key: `${of}.${own}`, name, node, body, results, receiver };
}

function sameImports(a: Imports, b: Imports): boolean {
  if (a === b) return true;
  return a.size === b.size && [...a].every(([name, path]) => b.get(name) === path);
}

/** The files of a folder by package clause: a package, its external tests, and whatever else lies there. */
export function packagesOf(files: readonly PackageFile[]): PackageFile[][] {
  const groups = new Map<string, PackageFile[]>();
  for (const file of files) {
    const { packageName } = file.source;
    const group = groups.get(packageName);
    if (group) group.push(file);
    else groups.set(packageName, [file]);
  }
  return [...groups.values()];
}
