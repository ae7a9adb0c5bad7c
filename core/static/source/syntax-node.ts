/**
 * A plain copy of the part of a syntax tree that checks read. Nodes of web-tree-sitter live in WebAssembly, where each
 * question costs microseconds and each answer is a new object; these are asked thousands of times per key stroke. A copy
 * belongs to one top-level declaration and counts from its start, so it stays good while other declarations are edited.
 */
import type { Node, TreeCursor } from 'web-tree-sitter';

/** Where a copied declaration stands in the newest text of its file. */
export interface Origin {
  /** Offset of its first character in the file, in UTF-16 units. */
  base: number;
  readonly text: string;
}

/** What nodes have in common; there are few of them, and millions of nodes. */
interface Shape {
  readonly type: string;
  readonly field: string | null;
  /** Of a unary, binary or assignment operator; other anonymous words are not kept. */
  readonly operator: string;
}

const LEAF: readonly Syntax[] = [];

/** Millions of these make up a big package: a field more is felt. */
export class Syntax {
  readonly namedChildren: readonly Syntax[] = LEAF;

  constructor(
    readonly origin: Origin,
    private readonly shape: Shape,
    /** Offsets from the start of the declaration. */
    readonly start: number,
    readonly end: number,
    readonly parent: Syntax | null,
  ) {}

  get type(): string {
    return this.shape.type;
  }

  get field(): string | null {
    return this.shape.field;
  }

  get operator(): string {
    return this.shape.operator;
  }

  /** No other node of the same declaration and type has it. */
  get key(): string {
    return `${this.start}-${this.end}`;
  }

  get startIndex(): number {
    return this.origin.base + this.start;
  }

  get endIndex(): number {
    return this.origin.base + this.end;
  }

  get text(): string {
    return this.origin.text.slice(this.start, this.end);
  }

  childForFieldName(name: string): Syntax | null {
    for (const child of this.namedChildren) if (child.field === name) return child;
    return null;
  }

  childrenForFieldName(name: string): Syntax[] {
    return this.namedChildren.filter((child) => child.field === name);
  }

  namedChild(index: number): Syntax | null {
    return this.namedChildren[index] ?? null;
  }

  /** In the order of the source, itself too. */
  descendantsOfType(types: string | readonly string[]): Syntax[] {
    const found: Syntax[] = [];
    const wanted = typeof types === 'string' ? [types] : types;
    const visit = (node: Syntax): void => {
      if (wanted.includes(node.type)) found.push(node);
      for (const child of node.namedChildren) visit(child);
    };
    visit(this);
    return found;
  }
}

/** Copies `node`, which begins at `origin.base`. Comments are left out. */
export function copySyntax(node: Node, origin: Origin): Syntax {
  const cursor = node.walk();
  try {
    return new Copier(cursor, origin).copy(null, kindAt(cursor));
  } finally {
    cursor.delete();
  }
}

/** What all nodes of one type have in common. */
interface Kind {
  readonly type: string;
  readonly named: boolean;
  /** One of its anonymous children is its operator. */
  readonly hasOperator: boolean;
  /** By number of the field that a node of the type stands in. */
  readonly shapes: Map<number, Shape>;
}

/** By number of the type: asking the cursor for words each time is slow, and so is every question that need not be. */
const kinds = new Map<number, Kind>();

function kindAt(cursor: TreeCursor): Kind {
  const number = cursor.nodeTypeId;
  let kind = kinds.get(number);
  if (!kind) {
    const type = cursor.nodeType;
    const hasOperator = /^(?:unary_expression|binary_expression|assignment_statement)$/u.test(type);
    kind = { type, named: cursor.nodeIsNamed, hasOperator, shapes: new Map() };
    kinds.set(number, kind);
  }
  return kind;
}

function shapeAt(cursor: TreeCursor, { type, shapes }: Kind): Shape {
  const field = cursor.currentFieldId;
  let shape = shapes.get(field);
  if (!shape) {
    shape = { type, field: field === 0 ? null : cursor.currentFieldName, operator: '' };
    shapes.set(field, shape);
  }
  return shape;
}

const withOperators = new Map<Shape, Map<string, Shape>>();

function withOperator(shape: Shape, operator: string): Shape {
  let known = withOperators.get(shape);
  if (!known) {
    known = new Map();
    withOperators.set(shape, known);
  }
  let of = known.get(operator);
  if (!of) {
    of = { ...shape, operator };
    known.set(operator, of);
  }
  return of;
}

/** A node while its children are not known yet. */
type Growing = { -readonly [K in 'namedChildren']: Syntax[K] } & { shape: Shape };

class Copier {
  /** Children of the nodes that are being copied: lists of exactly their length are cut from it. */
  private readonly pending: Syntax[] = [];

  constructor(
    private readonly cursor: TreeCursor,
    private readonly origin: Origin,
  ) {}

  copy(parent: Syntax | null, kind: Kind): Syntax {
    const { cursor, origin, pending } = this;
    const { base } = origin;
    const shape = shapeAt(cursor, kind);
    const node = new Syntax(origin, shape, cursor.startIndex - base, cursor.endIndex - base, parent);
    if (!cursor.gotoFirstChild()) return node;
    const growing = node as unknown as Growing;
    const first = pending.length;
    do {
      const of = kindAt(cursor);
      if (of.named) {
        if (of.type !== 'comment') pending.push(this.copy(node, of));
      } else if (kind.hasOperator && cursor.currentFieldName === 'operator')
        growing.shape = withOperator(shape, of.type);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
    if (pending.length > first) {
      growing.namedChildren = pending.slice(first);
      pending.length = first;
    }
    return node;
  }
}
