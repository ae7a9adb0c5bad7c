// What users read can be translated: package.json through package.nls.json, the client through l10n/.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BUNDLE, textsOf } from '../../scripts/l10n.mjs';
import { keysIn, withWords } from '../../scripts/package/words.mjs';

const read = (file: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, '../..', file), 'utf8'));
const manifest = read('package.json');
const words: Record<string, string> = read('package.nls.json');

/** Fields of package.json that are read by people. */
const SHOWN =
  /^(title|shortTitle|category|label|displayName|description|markdownDescription|enumDescriptions|contents|contextualTitle|altText|name|aliases)$/;

/** `commands.0.title: Text` of all texts in `value` that stand in such a field. */
function textsIn(value: unknown, at: string[] = [], shown = false): string[] {
  if (typeof value === 'string') return shown ? [`${at.join('.')}: ${value}`] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    // A setting may have the name of a field.
    textsIn(one, [...at, key], (Array.isArray(value) && shown) || (at.at(-1) !== 'properties' && SHOWN.test(key))),
  );
}

describe('texts of package.json', () => {
  const { contributes, capabilities, displayName, description } = manifest;
  const parts = { contributes, capabilities, displayName, description };

  it('stand in package.nls.json, each under a key that is used', () => {
    assert.deepEqual([...new Set(keysIn(manifest))].sort(), Object.keys(words).sort());
    for (const [key, text] of Object.entries(words)) assert.match(text, /\S/, key);
  });

  it('are named by keys wherever people read them', () => {
    const texts = textsIn(parts);
    assert.ok(texts.length > 100);
    assert.deepEqual(
      texts.filter((text) => !/: %[\w.-]+%$/.test(text)),
      [],
    );
    assert.deepEqual(
      textsIn(withWords(parts, words)).filter((text) => text.includes(': %')),
      [],
    );
  });
});

describe('texts of client, server and trace page', () => {
  it(`are in ${BUNDLE}; node scripts/l10n.mjs writes it`, () => {
    const { texts, problems } = textsOf();
    assert.deepEqual(problems, []);
    assert.deepEqual(read(BUNDLE), texts);
    assert.ok(Object.keys(texts).length > 400);
  });

  it('are missed where they are shown as they are', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'words-test-'));
    const write = (file: string, lines: readonly string[]): void => {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), lines.join('\n'));
    };
    try {
      write('client/some.ts', [
        "vscode.window.showErrorMessage('No.');",
        `vscode.window.showErrorMessage(\`\${one}: \${two}\`);`,
        `vscode.window.showInformationMessage(\`\${one} is gone\`, vscode.l10n.t('Again'));`,
        "vscode.window.showQuickPick(all, { title: 'Which?' });",
        'vscode.l10n.t(one);',
        "vscode.l10n.t('{0} is there', one);",
        "vscode.l10n.t('{0} and {1}', one);",
      ]);
      write('media/other.ts', [
        "element('p', { class: 'quiet' }, 'Nothing.');",
        `element('p', { 'aria-label': 'Name' }, t\`All of \${path}\`);`,
        `button(t\`Go\`, () => t\`\${most ? 'many' : 'one'} left\`);`,
      ]);
      write('core/third.ts', [`phrase\`\${who} waits\`;`, `phrase\`\${who} (\${place})\`;`]);
      const { texts, problems } = textsOf(folder);
      assert.deepEqual(Object.keys(texts), [
        'Again',
        'All of {0}',
        'Go',
        '{0} and {1}',
        '{0} is there',
        '{0} left',
        '{0} waits',
      ]);
      assert.deepEqual(
        problems.map((problem) => problem.split(' ')[0]),
        [
          ...['client/some.ts:1:', 'client/some.ts:3:', 'client/some.ts:4:', 'client/some.ts:5:', 'client/some.ts:7:'],
          ...['media/other.ts:1:', 'media/other.ts:2:', 'media/other.ts:3:'],
        ],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
