/** What is likely to come of the operations on a line: what the code says, and the runs that the module's store counts. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { distribution, mergeCounts } from '../../core/model/counts';
import { Code } from '../../core/model/scheduling/ahead';
import { questionBefore } from '../../core/model/scheduling/question';
import { Analysed } from '../../core/static/analysed';
import { type ConcurrencySite, sitesOf } from '../../core/static/concurrency-sites';
import { dependences, operationAt } from '../../core/static/dependence';
import { closeDocument, openDocument } from '../../core/static/document';
import type { Op } from '../../core/static/flow/operations';
import { readSource } from '../../core/static/source/declarations';
import { Package, type PackageFile, packagesOf } from '../../core/static/source/package';
import type { OutcomeCount } from '../../protocol/finding';
import { english } from '../../protocol/phrase';
import type { NextEventPrediction, SitePrediction } from '../../protocol/prediction';
import { readCounts } from '../store/counts';
import { storeFor } from '../store/store';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import { relativePath } from '../system/files';
import { packagePaths } from '../system/go-files';
import type { Installation } from '../system/installation';
import { goParser, parserFiles } from '../system/parser';
import { type NextEventSource, ranked } from './next-events';

export interface PredictSiteOptions {
  installation: Installation;
  /** Paths in the answer are relative to this. Absolute. */
  directory: string;
  /** Absolute. */
  file: string;
  /** From 1. */
  line: number;
  /** Asked what a goroutine that comes there does next in the scheduler's terms. */
  sources?: readonly NextEventSource[];
  signal?: AbortSignal;
  /** Of a source that could not say, one sentence. */
  onProblem?: (problem: string) => void;
}

/** In the order of their columns. Fails when the file cannot be read, or nothing on the line has an open outcome. */
export async function predictSite(options: PredictSiteOptions): Promise<Attempt<SitePrediction[]>> {
  const { directory, file, line } = options;
  const read = await packageOf(options);
  if (!read.ok) return read;
  const all = new Analysed(read.value);
  const sites = sitesOf(all, file).operations.filter(({ range }) => range.start.line === line);
  const counts = await countsOf(options);
  const code = new Code(all);
  const shown: SitePrediction[] = [];
  for (const site of sites) {
    const { column } = site.range.start;
    const count = mergeCounts(counts.filter((one) => one.column === column))[0] ?? uncounted(site, file);
    const { shares, times, runs } = distribution(count);
    if (shares.length < 2) continue;
    const dependsOn = dependences(all, file, site.range.start).map(({ path, range, does, function: name }) => ({
      ...{ file: relativePath(directory, path), line: range.start.line, column: range.start.column },
      does: english(does),
      function: name,
    }));
    const { operation, expression } = site;
    const op = operationAt(all, file, site.range.start);
    const next = op ? await nextEvents(code, op, options) : [];
    shown.push({
      file: relativePath(directory, file),
      line,
      column,
      operation,
      expression,
      shares: shares.map(({ said, ...share }) => share),
      times,
      runs,
      dependsOn,
      ...(next.length > 0 ? { next } : {}),
    });
  }
  if (shown.length > 0) return succeeded(shown);
  const where = `${relativePath(directory, file)}:${line}`;
  return failed(
    sites.length > 0
      ? `What ${sites[0]!.operation} at ${where} comes to is not open: it goes on at once.`
      : `There is no select, channel operation, lock or wait at ${where}.`,
  );
}

async function nextEvents(
  code: Code,
  op: Op,
  { sources = [], signal, onProblem }: PredictSiteOptions,
): Promise<NextEventPrediction[]> {
  const question = questionBefore(code, op);
  const said: NextEventPrediction[] = [];
  for (const source of question ? sources : []) {
    const chances = await source.events(question!, signal);
    if (chances.ok) said.push({ by: source.name, events: ranked(chances.value) });
    else onProblem?.(chances.problem);
  }
  return said;
}

/** A site that no run has been to. */
export const uncounted = ({ operation, expression, cases, range }: ConcurrencySite, file: string): OutcomeCount => ({
  ...{ file, line: range.start.line, column: range.start.column, operation, expression, outcomes: {}, runs: 0 },
  ...(cases ? { cases } : {}),
});

async function countsOf({ file, line }: PredictSiteOptions): Promise<OutcomeCount[]> {
  const store = await storeFor(dirname(file));
  if (!store.ok) return [];
  const name = relativePath(store.value.module, file);
  return (await readCounts(store.value)).filter((count) => count.file === name && count.line === line);
}

/** The package of the file, with absolute paths. */
async function packageOf({ installation, directory, file }: PredictSiteOptions): Promise<Attempt<Package>> {
  const where = await parserFiles(installation.root);
  const parser = where.ok ? await goParser(where.value) : where;
  if (!parser.ok) return parser;
  try {
    const folder = dirname(file);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.go') && !/^[._]/u.test(name));
    if (!names.includes(basename(file)))
      return failed(`${relativePath(directory, file)} is no Go file that can be read.`);
    const files: PackageFile[] = [];
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8');
      const document = openDocument(parser.value, text);
      if (!document) continue;
      files.push({ path: join(folder, name), source: readSource(text, document.tree) });
      closeDocument(document);
    }
    const own = packagesOf(files).find((group) => group.some(({ path }) => path === file));
    if (!own) return failed(`${relativePath(directory, file)} could not be parsed.`);
    return succeeded(new Package(own, await packagePaths().goVersionOf(folder)));
  } catch (error) {
    return failed(`${relativePath(directory, file)} cannot be read: ${errorText(error)}`);
  } finally {
    parser.value.delete();
  }
}
