/** Which tests of a folder can get to a function, by the names that functions mention. Coarse: it may name too many. */
import type { PackageFile } from './source/package';
import { positionAt } from './source/range';
import type { Syntax } from './source/syntax-node';

export interface ReachingTest {
  path: string;
  test: string;
}

interface Named {
  name: string;
  file: PackageFile;
  node: Syntax;
}

/** Nearest first: tests that mention the function, then those that mention one that does, … Linear in the source. */
export function testsReaching(files: readonly PackageFile[], path: string, line: number): ReachingTest[] {
  const functions = files.flatMap((file) =>
    file.source.declarations.flatMap(({ node }): Named[] => {
      const name = /^(?:function|method)_declaration$/u.test(node.type)
        ? node.childForFieldName('name')?.text
        : undefined;
      return name === undefined ? [] : [{ name, file, node }];
    }),
  );
  const start = functions.find(
    ({ file, node }) =>
      file.path === path &&
      positionAt(file.source, node.startIndex).line <= line &&
      line <= positionAt(file.source, node.endIndex).line,
  );
  if (!start) return [];
  const known = new Set(functions.map(({ name }) => name));
  const mentioned = new Map(functions.map((one) => [one, namesIn(one, known)]));
  const reached = new Set<Named>([start]);
  let wave = [start];
  const tests: ReachingTest[] = [];
  while (wave.length > 0) {
    for (const { name, file, node } of wave) {
      if (isTest(name, node) && file.path.endsWith('_test.go')) tests.push({ path: file.path, test: name });
    }
    const names = new Set(wave.map(({ name }) => name));
    wave = functions.filter((one) => !reached.has(one) && [...mentioned.get(one)!].some((name) => names.has(name)));
    for (const one of wave) reached.add(one);
  }
  return tests;
}

function namesIn({ node }: Named, known: ReadonlySet<string>): Set<string> {
  const words = node.childForFieldName('body')?.text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
  return new Set(words.filter((word) => known.has(word)));
}

const isTest = (name: string, node: Syntax): boolean =>
  /^Test(?!\p{Ll})/u.test(name) &&
  node.childForFieldName('parameters')?.namedChildren.length === 1 &&
  node.type === 'function_declaration';
