/** The top-level declarations of a file, copied once and kept from edit to edit as long as their text is the same. */
import type { Tree } from 'web-tree-sitter';
import { copySyntax, type Origin, type Syntax } from './syntax-node';

export interface Declaration extends Origin {
  node: Syntax;
  /** A syntax error lies in it. */
  broken: boolean;
}

export interface SourceFile {
  text: string;
  /** Of the package clause; empty while there is none. */
  packageName: string;
  /** Name used in the file → import path. */
  imports: ReadonlyMap<string, string>;
  declarations: readonly Declaration[];
  /** Offsets at which lines begin. */
  lineStarts: readonly number[];
}

/** `before`: the same file as it was, whose copies are used again. Linear in the file, quick in what is unchanged. */
export function readSource(text: string, tree: Tree, before?: SourceFile): SourceFile {
  const known = new Map<string, Declaration[]>();
  for (const declaration of before?.declarations ?? []) {
    const same = known.get(declaration.text);
    if (same) same.push(declaration);
    else known.set(declaration.text, [declaration]);
  }
  const declarations: Declaration[] = [];
  let packageName = '';
  const imports = new Map<string, string>();
  for (const child of tree.rootNode.namedChildren) {
    if (child.type === 'comment') continue;
    const base = child.startIndex;
    const own = text.slice(base, child.endIndex);
    let declaration = known.get(own)?.pop();
    if (declaration) declaration.base = base;
    else {
      const origin: Origin = { base, text: own };
      declaration = Object.assign(origin, { node: copySyntax(child, origin), broken: child.hasError });
    }
    const { node } = declaration;
    if (node.type === 'package_clause') packageName = node.namedChild(0)?.text ?? '';
    else if (node.type === 'import_declaration') readImports(node, imports);
    else declarations.push(declaration);
  }
  return { text, packageName, imports, declarations, lineStarts: lineStartsOf(text) };
}

function readImports(node: Syntax, into: Map<string, string>): void {
  for (const spec of node.descendantsOfType('import_spec')) {
    const path = (spec.childForFieldName('path')?.text ?? '').replace(/^["`]|["`]$/gu, '');
    const last = path.replace(/\/v\d+$/u, '').replace(/^.*\//u, '');
    into.set(spec.childForFieldName('name')?.text ?? last, path);
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
