/** Types as far as declarations of one package tell them. What is not known is undefined, and checks stay silent about it. */
import type { Syntax } from './syntax-node';

export type Type =
  /** `T` of the package itself; `sync.Mutex` and the like by import path and name. */
  | { kind: 'named'; name: string }
  | { kind: 'pointer'; to: Type | undefined }
  | { kind: 'channel'; element: Type | undefined; direction: 'both' | 'send' | 'receive' }
  | { kind: 'map'; element: Type | undefined }
  | { kind: 'list'; element: Type | undefined }
  | { kind: 'function'; results: readonly (Type | undefined)[] }
  | { kind: 'struct'; fields: ReadonlyMap<string, Field> }
  /** `embeds`: names of interfaces in it. */
  | { kind: 'interface'; methods: readonly string[]; embeds: readonly string[] };

export interface Field {
  name: string;
  type: Type | undefined;
  embedded: boolean;
  node: Syntax;
}

export type Imports = ReadonlyMap<string, string>;

/** Packages whose path does not end with what half-typed files call them before they import them. */
const STANDARD: Readonly<Record<string, string>> = {
  atomic: 'sync/atomic',
  signal: 'os/signal',
  errgroup: 'golang.org/x/sync/errgroup',
};

export const importPath = (imports: Imports, name: string): string => imports.get(name) ?? STANDARD[name] ?? name;

export const namedType = (name: string): Type => ({ kind: 'named', name });

/** The type that a type expression denotes. */
export function typeOfSyntax(node: Syntax | null | undefined, imports: Imports): Type | undefined {
  switch (node?.type) {
    case 'type_identifier':
    case 'identifier':
      return namedType(node.text);
    case 'qualified_type': {
      const of = node.childForFieldName('package')?.text ?? '';
      return namedType(`${importPath(imports, of)}.${node.childForFieldName('name')?.text ?? ''}`);
    }
    case 'selector_expression': {
      const of = node.childForFieldName('operand')?.text ?? '';
      const path = imports.get(of);
      return path === undefined ? undefined : namedType(`${path}.${node.childForFieldName('field')?.text ?? ''}`);
    }
    case 'pointer_type':
      return { kind: 'pointer', to: typeOfSyntax(node.namedChild(0), imports) };
    case 'parenthesized_type':
      return typeOfSyntax(node.namedChild(0), imports);
    case 'generic_type':
      return typeOfSyntax(node.childForFieldName('type'), imports);
    case 'channel_type': {
      const direction = /^<-/u.test(node.text) ? 'receive' : /^chan\s*<-/u.test(node.text) ? 'send' : 'both';
      return { kind: 'channel', element: typeOfSyntax(node.childForFieldName('value'), imports), direction };
    }
    case 'map_type':
      return { kind: 'map', element: typeOfSyntax(node.childForFieldName('value'), imports) };
    case 'slice_type':
    case 'array_type':
    case 'implicit_length_array_type':
      return { kind: 'list', element: typeOfSyntax(node.childForFieldName('element'), imports) };
    case 'function_type':
      return { kind: 'function', results: resultTypes(node, imports) };
    case 'interface_type':
      return interfaceOf(node, imports);
    case 'struct_type':
      return { kind: 'struct', fields: fieldsOf(node, imports) };
    default:
      return undefined;
  }
}

/** Of a function declaration, literal or type. */
export function resultTypes(node: Syntax, imports: Imports): (Type | undefined)[] {
  const result = node.childForFieldName('result');
  if (!result) return [];
  if (result.type !== 'parameter_list') return [typeOfSyntax(result, imports)];
  return result.namedChildren.flatMap((parameter) => {
    const type = typeOfSyntax(parameter.childForFieldName('type'), imports);
    return Array.from({ length: Math.max(1, parameter.childrenForFieldName('name').length) }, () => type);
  });
}

function interfaceOf(node: Syntax, imports: Imports): Type {
  const methods: string[] = [];
  const embeds: string[] = [];
  for (const child of node.namedChildren) {
    const method = child.type === 'method_elem' ? child.childForFieldName('name')?.text : undefined;
    const embedded = child.type === 'type_elem' ? nameOf(typeOfSyntax(child.namedChild(0), imports)) : undefined;
    if (method !== undefined) methods.push(method);
    if (embedded !== undefined) embeds.push(embedded);
  }
  return { kind: 'interface', methods, embeds };
}

function fieldsOf(struct: Syntax, imports: Imports): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const node of struct.namedChild(0)?.namedChildren ?? []) {
    if (node.type !== 'field_declaration') continue;
    const type = typeOfSyntax(node.childForFieldName('type'), imports);
    const names = node.childrenForFieldName('name').map(({ text }) => text);
    for (const name of names) fields.set(name, { name, type, embedded: false, node });
    const base = nameOf(type);
    if (names.length === 0 && base !== undefined) {
      const name = base.replace(/^.*[./]/u, '');
      const pointer = /^\*/u.test(node.text);
      fields.set(name, { name, type: pointer ? { kind: 'pointer', to: type } : type, embedded: true, node });
    }
  }
  return fields;
}

/** The name of a named type or of what a pointer points to. */
export function nameOf(type: Type | undefined): string | undefined {
  if (type?.kind === 'pointer') return nameOf(type.to);
  return type?.kind === 'named' ? type.name : undefined;
}

export const isMutex = (type: Type | undefined): boolean => /^sync\.(?:RW)?Mutex$/u.test(nameOf(type) ?? '');
