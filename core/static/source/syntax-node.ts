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
    return new Copier(cursor, origin).copy(null);
  } finally {
    cursor.delete();
  }
}

/** By numbers of type and field: asking the cursor for words each time is slow. */
const shapes = new Map<number, Shape>();
const MOST_FIELDS = 1024;

function shapeAt(cursor: TreeCursor): Shape {
  const field = cursor.currentFieldId;
  const number = cursor.nodeTypeId * MOST_FIELDS + field;
  let shape = shapes.get(number);
  if (!shape) {
    shape = { type: cursor.nodeType, field: field === 0 ? null : cursor.currentFieldName, operator: '' };
    shapes.set(number, shape);
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

  copy(parent: Syntax | null): Syntax {
    const { cursor, origin, pending } = this;
    const { base } = origin;
    const shape = shapeAt(cursor);
    const node = new Syntax(origin, shape, cursor.startIndex - base, cursor.endIndex - base, parent);
    if (!cursor.gotoFirstChild()) return node;
    const growing = node as unknown as Growing;
    const first = pending.length;
    do {
      if (cursor.nodeIsNamed) {
        if (cursor.nodeType !== 'comment') pending.push(this.copy(node));
      } else if (shapeAt(cursor).field === 'operator') growing.shape = withOperator(shape, cursor.nodeType);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
    if (pending.length > first) {
      growing.namedChildren = pending.slice(first);
      pending.length = first;
    }
    return node;
  }
}
