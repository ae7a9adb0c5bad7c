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

let ids = 0;

export class Syntax {
  readonly id = ++ids;
  readonly namedChildren: Syntax[] = [];
  /** Of a unary, binary or assignment operator; `defer`red and anonymous words are not kept. */
  operator = '';

  constructor(
    readonly origin: Origin,
    readonly type: string,
    readonly field: string | null,
    /** Offsets from the start of the declaration. */
    readonly start: number,
    readonly end: number,
    readonly parent: Syntax | null,
  ) {}

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
    return copyAt(cursor, origin, null, fieldNames(cursor));
  } finally {
    cursor.delete();
  }
}

/** Field names by number: asking the cursor for the word each time is slow. */
const names = new Map<number, string | null>();
const fieldNames =
  (cursor: TreeCursor) =>
  (id: number): string | null => {
    if (id === 0) return null;
    let name = names.get(id);
    if (name === undefined) {
      name = cursor.currentFieldName;
      names.set(id, name);
    }
    return name;
  };

function copyAt(
  cursor: TreeCursor,
  origin: Origin,
  parent: Syntax | null,
  fieldOf: (id: number) => string | null,
): Syntax {
  const { base } = origin;
  const copy = new Syntax(
    origin,
    cursor.nodeType,
    fieldOf(cursor.currentFieldId),
    cursor.startIndex - base,
    cursor.endIndex - base,
    parent,
  );
  if (!cursor.gotoFirstChild()) return copy;
  do {
    if (cursor.nodeIsNamed) {
      if (cursor.nodeType !== 'comment') copy.namedChildren.push(copyAt(cursor, origin, copy, fieldOf));
    } else if (fieldOf(cursor.currentFieldId) === 'operator') {
      copy.operator = cursor.nodeType;
    }
  } while (cursor.gotoNextSibling());
  cursor.gotoParent();
  return copy;
}
