// Documents that name files, settings or hosts go stale in silence, unless something looks.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const inFolder = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name));
const documents = [...inFolder('.'), ...inFolder('docs')];

describe('documents', () => {
  it('README.md lists the settings with their defaults', () => {
    const groups: { properties: Record<string, { default: unknown }> }[] = JSON.parse(read('package.json')).contributes
      .configuration;
    const declared: Record<string, { default: unknown }> = Object.assign(
      {},
      ...groups.map(({ properties }) => properties),
    );
    const listed = [...read('README.md').matchAll(/^\| `(lockstep\.[\w.]+)` \|(.*?)\|/gm)].map(([, key, value]) => [
      key,
      value?.replaceAll('`', '').trim(),
    ]);
    const expected = Object.entries(declared).map(([key, { default: value }]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    assert.deepEqual(listed.sort(), expected.sort());
  });

  it('README.md names every verb of the command line', () => {
    const verbs = [...read('cli/main.ts').matchAll(/^import \{ (\w+) \} from '\.\/\1';$/gm)].map(([, verb]) => verb);
    assert.ok(verbs.length > 0);
    assert.deepEqual(
      verbs.filter((verb) => !read('README.md').includes(`| \`lockstep ${verb}`)),
      [],
    );
  });

  for (const document of documents) {
    it(`${document} links to files that exist`, () => {
      const links = [...read(document).matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link ?? '');
      assert.deepEqual(
        links.filter((link) => !existsSync(path.join(root, path.dirname(document), link))),
        [],
      );
    });
  }

  it('ARCHITECTURE.md and CONTRIBUTING.md name files that exist', () => {
    const rooms = 'protocol|core|engine|server|cli|client|media|tracer|test|scripts|bench|syntaxes|examples';
    const spans = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((file) =>
      [...read(file).matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]*)\``, 'g'))].map(([, span]) => span ?? ''),
    );
    assert.ok(spans.length > 30);
    assert.deepEqual(
      spans.filter((span) => !existsSync(path.join(root, span))),
      [],
    );
  });

  it('lock files name no registry', () => {
    const hosts = ['newest', 'oldest'].map((which) => `scripts/vscode-host/${which}/package-lock.json`);
    for (const file of ['package-lock.json', ...hosts]) {
      assert.ok(!read(file).includes('"resolved"'), file);
    }
  });
});
