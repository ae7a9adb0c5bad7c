// What the programs of test/fixtures/programs/corpus say that should be found in them, held against what was found.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A comment `// want KIND: TEXT; KIND: TEXT` claims that a finding of the kind has a site on its line, and TEXT in its
 * message or in the role of that site. `may KIND` allows one and wants none. `// preemptions: N` behind a test claims that
 * no schedule with fewer shows what is wrong with it. A test whose name begins with TestFixed is to be silent.
 *
 * @typedef {{ file: string, line: number, kind: string, text: string, optional: boolean }} Want
 * @typedef {{ file: string, test: string, preemptions: number }} CorpusTest
 */

const TEST = /^func (Test\w+)\(t \*testing\.T\).*?(?:\/\/ preemptions: (\d+))?$/gm;
const COMMENT = /\/\/ (want|may) (.+)$/;
const PART = /^([a-z-]+)(?:: (.+))?$/;

/** @returns {Want[]} */
export function wantsOf(file, text) {
  return text.split('\n').flatMap((source, index) => {
    const [, word, claims] = COMMENT.exec(source) ?? [];
    if (claims === undefined) return [];
    return claims.split('; ').map((part) => {
      const [, kind, said = ''] = PART.exec(part) ?? [];
      if (kind === undefined) throw new Error(`${file}:${index + 1}: "${part}" is no expectation`);
      return { file, line: index + 1, kind, text: said, optional: word === 'may' };
    });
  });
}

/** Everything that the sources of the corpus say. */
export function readCorpus(directory) {
  const wants = [];
  const tests = [];
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('_test.go')) continue;
    const absolute = path.join(entry.parentPath ?? entry.path, entry.name);
    const file = path.relative(directory, absolute).split(path.sep).join('/');
    const text = readFileSync(absolute, 'utf8');
    wants.push(...wantsOf(file, text));
    for (const [, test, preemptions = '0'] of text.matchAll(TEST)) {
      tests.push({ file, test, preemptions: Number(preemptions) });
    }
  }
  return { wants, tests, pending: pendingIn(readFileSync(path.join(directory, 'pending.txt'), 'utf8')) };
}

/** `FILE KIND: why it is not found yet`, one a line; `#` begins a comment. */
export function pendingIn(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, file, kind, why] = /^(\S+) ([a-z-]+): (.+)$/.exec(line) ?? [];
      if (file === undefined) throw new Error(`pending.txt: "${line}" is not "FILE KIND: why"`);
      return { file, kind, why };
    });
}

const isPendingIn = ({ pending }, file, kind) =>
  pending.some((entry) => entry.file === file && (!kind || entry.kind === kind));

/** What is claimed and was not found. */
export function unmet(corpus, document) {
  return corpus.wants.filter(
    (want) =>
      !want.optional &&
      !isPendingIn(corpus, want.file, want.kind) &&
      !document.findings.some((finding) => shows(finding, want)),
  );
}

/** What differs from the expectations, one sentence each; empty when all is as it should be. */
export function complaints(corpus, document) {
  const said = document.problems.map((problem) => `problem: ${problem}`);
  const isPending = (file, kind) => isPendingIn(corpus, file, kind);
  const byId = new Map(document.findings.map((finding) => [finding.id, finding]));

  for (const { file, test, preemptions } of corpus.tests) {
    const name = `corpus/${path.posix.dirname(file)}`;
    const report = document.tests.find((one) => one.package === name && one.test === test);
    if (!report) {
      said.push(`${file}: ${test} was not explored`);
      continue;
    }
    if (report.problem !== undefined && !isPending(file)) said.push(`${file}: ${test}: ${report.problem}`);
    for (const id of report.findings) {
      const finding = byId.get(id);
      if (isPending(file, finding?.kind)) continue;
      if (test.startsWith('TestFixed')) said.push(`${file}: ${test} is not silent: ${describe(finding)}`);
      const needed = finding?.stats?.preemptions ?? 0;
      if (needed < preemptions) said.push(`${file}: ${test} took ${needed} preemptions, not ${preemptions}`);
    }
  }

  for (const { file, line, kind, text } of unmet(corpus, document)) {
    said.push(`${file}:${line}: no ${kind}${text && `: ${text}`}`);
  }

  for (const finding of document.findings) {
    const [site] = finding.sites;
    if (site && isPending(site.file, finding.kind)) continue;
    const wanted = corpus.wants.some(
      ({ file, line, kind }) => kind === finding.kind && file === site?.file && line === site.line,
    );
    if (!wanted) said.push(`unexpected ${describe(finding)}`);
    if (finding.verdict !== 'confirmed') {
      said.push(`${finding.verdict}, not confirmed: ${describe(finding)}; ${finding.explanation.at(-1)}`);
    }
  }
  return said;
}

/** Entries of the pending list that are as they should be: they are to be taken out. */
export function overdue(corpus, document) {
  return corpus.pending.filter((entry) => {
    const without = { ...corpus, pending: corpus.pending.filter((other) => other !== entry) };
    return complaints(without, document).length === complaints(corpus, document).length;
  });
}

/** It, or what it was also seen as. */
const shows = (finding, { file, line, kind, text }) =>
  [finding, ...(finding.alsoSeen ?? [])].some(
    (view) =>
      view.kind === kind &&
      view.sites.some(
        (site) => site.file === file && site.line === line && (site.role.includes(text) || view.message.includes(text)),
      ),
  );

function describe(finding) {
  if (!finding) return 'a finding that is not in the document';
  const [site] = finding.sites;
  return `${finding.kind} at ${site?.file}:${site?.line} in ${finding.test}: ${finding.message}`;
}
