// Writes l10n/bundle.l10n.json: the texts of the client that VS Code can show in other languages.
//   node scripts/l10n.mjs
// A translation is a copy of it beside it, bundle.l10n.LANGUAGE.json, with other values; so for package.nls.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from './checkout.mjs';

export const BUNDLE = 'l10n/bundle.l10n.json';

/** What VS Code shows as it is given: functions of `vscode`, and options that some of them take. */
const SHOWN = /^vscode\.window\.(show\w+Message|setStatusBarMessage)$|^vscode\.TestMessage$/;
const SHOWN_OPTIONS = ['title', 'prompt', 'tooltip'];

/** Texts by themselves, in order, and a line for each text that is shown without being looked up. */
export function textsOfClient(folder = path.join(root, 'client')) {
  const texts = new Set();
  const problems = [];
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.ts'));
  for (const file of files.sort()) {
    const source = ts.createSourceFile(
      file,
      readFileSync(path.join(folder, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const complain = (node, what) => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      problems.push(`${file}:${line + 1}: ${node.getText()} ${what}`);
    };
    const visit = (node) => {
      if (ts.isCallExpression(node) && node.expression.getText() === 'vscode.l10n.t') {
        const [text, ...values] = node.arguments;
        if (text && ts.isStringLiteralLike(text)) {
          texts.add(text.text);
          const places = new Set([...text.text.matchAll(/\{(\d+)\}/g)].map(([, place]) => Number(place)));
          if (values.some((_, at) => !places.has(at)) || places.size !== values.length)
            complain(node, 'has not one value for each place');
        } else complain(node, 'does not look up a literal');
      }
      const shown =
        (ts.isCallExpression(node) || ts.isNewExpression(node)) && SHOWN.test(node.expression.getText())
          ? (node.arguments ?? [])
          : ts.isPropertyAssignment(node) && SHOWN_OPTIONS.includes(node.name.getText())
            ? [node.initializer]
            : [];
      for (const one of shown) if (hasWords(one)) complain(one, 'is shown in English only');
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { texts: Object.fromEntries([...texts].sort().map((text) => [text, text])), problems };
}

/** The product's name is the same in all languages. */
function hasWords(node) {
  if (ts.isStringLiteralLike(node)) return /\p{L}/u.test(node.text.replaceAll('Lockstep', ''));
  if (ts.isConditionalExpression(node)) return hasWords(node.whenTrue) || hasWords(node.whenFalse);
  if (!ts.isTemplateExpression(node)) return false;
  return [node.head, ...node.templateSpans.map(({ literal }) => literal)].some(({ text }) =>
    /\p{L}/u.test(text.replaceAll('Lockstep', '')),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { texts, problems } = textsOfClient();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  mkdirSync(path.join(root, 'l10n'), { recursive: true });
  writeFileSync(path.join(root, BUNDLE), `${JSON.stringify(texts, null, 2)}\n`);
  console.log(`${Object.keys(texts).length} texts in ${BUNDLE}`);
}
