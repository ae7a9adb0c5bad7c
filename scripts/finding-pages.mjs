// Writes docs/findings: a page for each kind of finding, from the texts and examples that Lockstep has of them.
//   npm run docs:findings
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findingPage, indexPage, PAGES, pageOf, runExampleIn } from '../core/report/finding-page.ts';
import { FINDING_KINDS, RUN_KINDS } from '../protocol/finding.ts';
import { root } from './checkout.mjs';

const EXAMPLES = path.join(root, 'test/fixtures/programs/findings');

/** Examples of the kinds that are found by running, and what is said of each, by kind. */
export function runExamples() {
  const said = JSON.parse(readFileSync(path.join(EXAMPLES, 'said.json'), 'utf8'));
  return Object.fromEntries(
    RUN_KINDS.map((kind) => [
      kind,
      runExampleIn(readFileSync(path.join(EXAMPLES, `${kind}_test.go`), 'utf8'), said[kind]),
    ]),
  );
}

/** All pages by their paths from the root. */
export function findingPages() {
  const examples = runExamples();
  const pages = new Map([[`${PAGES}/README.md`, indexPage()]]);
  for (const kind of FINDING_KINDS) {
    const page = findingPage(kind, examples);
    if (page === undefined) throw new Error(`${kind} has no example in ${EXAMPLES}`);
    pages.set(pageOf(kind), page);
  }
  return pages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.join(root, PAGES);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
  const pages = findingPages();
  for (const [file, text] of pages) writeFileSync(path.join(root, file), text);
  console.log(`${pages.size} pages in ${PAGES}`);
}
