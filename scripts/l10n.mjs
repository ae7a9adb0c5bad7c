// Writes l10n/bundle.l10n.json: the texts of the client, the language server and the trace page that VS Code can show in
// other languages.
//   node scripts/l10n.mjs
// A translation is a copy of it beside it, bundle.l10n.LANGUAGE.json, with other values; so for package.nls.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from './checkout.mjs';

export const BUNDLE = 'l10n/bundle.l10n.json';
const ROOMS = ['protocol', 'core', 'engine', 'server', 'client', 'media'];

/** Template tags whose texts are looked up: `protocol/phrase.ts`, and what translates at once. */
const TAGS = ['phrase', 't'];
/** What shows its texts as it is given them: functions, and options or attributes that some take. */
const SHOWN =
  /^vscode\.window\.(show\w+Message|setStatusBarMessage)$|^vscode\.TestMessage$|^(button|link|check|menu|icon)$/;
const SHOWN_OPTIONS = ['title', 'prompt', 'tooltip', 'aria-label', 'placeholder'];
/** Rooms in which all that is shown is looked up; what the others say is for lists of rules and for the terminal, too. */
const LOCAL_ROOMS = ['client', 'media', 'server'];
/** Why the engine could not do what it was asked, and what it does: the editor shows it, but for verbs that only the terminal has. */
const SAID = /^(failed|problem|(options|request|this\.options)\.onStep|onStep)$/;
const TERMINAL_ONLY =
  /^engine\/(benchmark|dataset|model)\/|^engine\/(analyze|check|executions|merge|record)\.ts$|tests-to-run\.ts$/;

/** Texts by themselves, in order, and a line for each text that is shown without being looked up. */
export function textsOf(folder = root) {
  const texts = new Set();
  const problems = [];
  for (const room of ROOMS) {
    for (const file of sourcesIn(path.join(folder, room)).sort())
      readSource(folder, `${room}/${file}`, texts, problems);
  }
  return { texts: Object.fromEntries([...texts].sort().map((text) => [text, text])), problems };
}

function sourcesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.replaceAll(path.sep, '/'));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function readSource(folder, file, texts, problems) {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const complain = (node, what) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    problems.push(`${file}:${line + 1}: ${node.getText()} ${what}`);
  };
  const isSaid = file.startsWith('engine/') && !TERMINAL_ONLY.test(file);
  const isLocal = LOCAL_ROOMS.includes(file.split('/')[0]);
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'vscode.l10n.t') {
      const [key, ...values] = node.arguments;
      if (key && ts.isStringLiteralLike(key)) {
        texts.add(key.text);
        const places = new Set([...key.text.matchAll(/\{(\d+)\}/g)].map(([, place]) => Number(place)));
        if (values.some((_, at) => !places.has(at)) || places.size !== values.length)
          complain(node, 'has not one value for each place');
      } else complain(node, 'does not look up a literal');
    }
    if (ts.isTaggedTemplateExpression(node) && TAGS.includes(node.tag.getText())) {
      const key = keyOf(node.template);
      if (/\p{L}/u.test(key.replaceAll(/\{\d+\}/g, ''))) texts.add(key);
      const values = ts.isTemplateExpression(node.template) ? node.template.templateSpans : [];
      for (const { expression } of values) if (hasWords(expression)) complain(expression, 'is said in English only');
    }
    if (isSaid && ts.isCallExpression(node) && SAID.test(node.expression.getText()))
      for (const one of node.arguments) if (hasWords(one)) complain(one, 'is said in English only');
    if (isLocal) for (const one of shownBy(node)) if (hasWords(one)) complain(one, 'is shown in English only');
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** `{0} waits for {1}` of `${who} waits for ${lock}`. */
function keyOf(template) {
  if (!ts.isTemplateExpression(template)) return template.text;
  return template.templateSpans.reduce((key, { literal }, at) => `${key}{${at}}${literal.text}`, template.head.text);
}

function shownBy(node) {
  if (ts.isPropertyAssignment(node)) {
    const name = ts.isStringLiteral(node.name) ? node.name.text : node.name.getText();
    return SHOWN_OPTIONS.includes(name) ? [node.initializer] : [];
  }
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return [];
  const called = node.expression.getText();
  const values = node.arguments ?? [];
  if (called === 'element') return values.slice(2);
  return SHOWN.test(called) ? values.filter((value) => !ts.isObjectLiteralExpression(value)) : [];
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
  const { texts, problems } = textsOf();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  mkdirSync(path.join(root, 'l10n'), { recursive: true });
  writeFileSync(path.join(root, BUNDLE), `${JSON.stringify(texts, null, 2)}\n`);
  console.log(`${Object.keys(texts).length} texts in ${BUNDLE}`);
}
