// The table of the corpus: which bug was found in which program, after how many schedules.
import path from 'node:path';

/** Markdown of one exploration: what it was done with, and a row for each finding in the order of the programs. */
export function markdown(corpus, { version, document, wrong, replayed }, command) {
  const rows = document.findings
    .map((finding) => ({ finding, file: fileOf(corpus, finding) }))
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.finding.sites[0].line - b.finding.sites[0].line))
    .map(({ finding: { id, kind, sites, stats }, file }) => {
      const program = path.posix.join(path.posix.dirname(file), path.posix.basename(file, '_test.go'));
      const shown = replayed.get(id) ?? `${stats.replayed} of ${stats.replays}`;
      return `| ${[program, kind, sites[0].line, stats.firstAt, stats.preemptions, shown].join(' | ')} |`;
    });
  const firsts = document.findings.map(({ stats }) => stats.firstAt).sort((a, b) => a - b);
  return `${version}: of ${document.tests.length} tests, ${wrong.length} not as expected. Of ${firsts.length} findings ${firsts.filter((at) => at === 1).length} came with the first
schedule, all within ${firsts.at(-1)}. Preemptions are those of the shortened schedule.

    ${command}

| program | kind | line | found in schedule | preemptions | replayed |
|---|---|---:|---:|---:|---:|
${rows.join('\n')}
`;
}

/** The program of a finding; one that is shown in a dependency belongs to the program of its test. */
function fileOf(corpus, { sites, test }) {
  const files = new Set(corpus.tests.map(({ file }) => file));
  return files.has(sites[0].file)
    ? sites[0].file
    : (corpus.tests.find((one) => one.test === test)?.file ?? sites[0].file);
}
