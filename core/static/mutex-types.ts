/** Whether an operand is a mutex of sync, as far as one file without type information tells. */
import type { Node } from 'web-tree-sitter';
import { type GoFunction, named, rootName, typeName } from './syntax';

export type MutexType = 'mutex' | 'other' | 'unknown';

/** Struct types of the file: field → type as written without pointer; embedded fields under their type's last name. */
export interface FileTypes {
  structs: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Other types of the file. */
  others: ReadonlySet<string>;
  /** Package-level variables → type. */
  variables: ReadonlyMap<string, string>;
}

const lastName = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

export function fileTypes(root: Node): FileTypes {
  const structs = new Map<string, Map<string, string>>();
  const others = new Set<string>();
  for (const spec of root.descendantsOfType('type_spec')) {
    const name = spec.childForFieldName('name')?.text ?? '';
    const type = spec.childForFieldName('type');
    if (type?.type !== 'struct_type') {
      others.add(name);
      continue;
    }
    const fields = new Map<string, string>();
    const list = type.namedChild(0);
    for (const field of list ? named(list) : []) {
      const fieldType = typeName(field.childForFieldName('type'));
      const names = field.childrenForFieldName('name').map(({ text }) => text);
      for (const fieldName of names.length > 0 ? names : [lastName(fieldType)]) fields.set(fieldName, fieldType);
    }
    structs.set(name, fields);
  }
  const variables = new Map<string, string>();
  for (const declaration of named(root)) {
    if (declaration.type === 'var_declaration') collectVariables(declaration, variables);
  }
  return { structs, others, variables };
}

/** Types of what a `var` or `:=` declares, when they can be read off. */
function collectVariables(node: Node, into: Map<string, string>): void {
  for (const spec of node.descendantsOfType('var_spec')) {
    const type = spec.childForFieldName('type');
    const values = spec.childForFieldName('value');
    for (const [index, name] of spec.childrenForFieldName('name').entries()) {
      into.set(name.text, type ? typeName(type) : typeOfValue(values ? named(values)[index] : undefined));
    }
  }
  const shorts = node.descendantsOfType('short_var_declaration');
  for (const short of shorts) {
    const left = named(short.childForFieldName('left')!);
    const right = named(short.childForFieldName('right')!);
    if (left.length === right.length)
      for (const [index, name] of left.entries()) into.set(name.text, typeOfValue(right[index]));
  }
}

/** `T{}`, `&T{}` and `new(T)` → T. */
function typeOfValue(value: Node | undefined): string {
  switch (value?.type) {
    case 'composite_literal':
      return typeName(value.childForFieldName('type'));
    case 'unary_expression':
      return typeOfValue(value.childForFieldName('operand') ?? undefined);
    case 'call_expression': {
      const list = value.childForFieldName('arguments');
      const isNew = value.childForFieldName('function')?.text === 'new';
      return isNew && list ? typeName(list.namedChild(0)) : '';
    }
    default:
      return '';
  }
}

/** Types of receiver, parameters and local variables of a function and of those around it. */
export function localTypes(functions: readonly GoFunction[], of: GoFunction): Map<string, string> {
  const types = new Map<string, string>();
  for (const outer of functions) {
    const { node, body } = outer;
    if (node.startIndex > of.node.startIndex || node.endIndex < of.node.endIndex) continue;
    if (outer.receiver) types.set(outer.receiver.name, outer.receiver.type);
    const parameters = node.childForFieldName('parameters');
    for (const parameter of parameters ? named(parameters) : []) {
      const type = typeName(parameter.childForFieldName('type'));
      for (const name of parameter.childrenForFieldName('name')) types.set(name.text, type);
    }
    collectVariables(body, types);
  }
  return types;
}

/** Names under which people keep mutexes. Asked only when the type is declared in another file. */
const LIKELY = /(?:^|[._])(?:mu|mux|mtx|mutex|lock|rwmu|rwlock|rwmutex)\d*$|(?:Mu|Mux|Mtx|Mutex|Lock)\d*$/u;

/** `operand` as in `operand.Lock()`: identifiers, fields and simple indices only. */
export function mutexType(operand: string, file: FileTypes, locals: ReadonlyMap<string, string>): MutexType {
  const path = operand.replace(/^[*&(]+|\)+$/gu, '').split('.');
  const root = rootName(path[0]!);
  const indexed = operand.includes('[');
  let type = indexed ? '' : (locals.get(root) ?? file.variables.get(root) ?? '');
  for (const field of path.slice(1)) type = fieldType(type, field, file);
  if (type === 'sync.Mutex' || type === 'sync.RWMutex') return 'mutex';
  const fields = file.structs.get(type);
  if (fields)
    return fields.get('Mutex') === 'sync.Mutex' || fields.get('RWMutex') === 'sync.RWMutex' ? 'mutex' : 'other';
  if (type !== '') return 'other';
  return LIKELY.test(operand) ? 'mutex' : 'unknown';
}

/** Of a struct of this file; of a struct that it embeds; empty when unknown. */
function fieldType(type: string, field: string, file: FileTypes): string {
  const fields = file.structs.get(type);
  if (!fields) return '';
  const own = fields.get(field);
  if (own !== undefined) return own;
  for (const [name, embedded] of fields) {
    if (name !== lastName(embedded) || !file.structs.has(embedded)) continue;
    const promoted = file.structs.get(embedded)!.get(field);
    if (promoted !== undefined) return promoted;
  }
  return '';
}
