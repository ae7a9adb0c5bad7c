/**
 * Runs tests as they are, each alone and several times, under Go's execution tracer, and gives what the scheduler did.
 * Nothing of the tests is instrumented; a file that ends a trace in time is laid over their package.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Parser } from 'web-tree-sitter';
import { Code } from '../../core/model/scheduling/ahead';
import type { Frame, SchedulingTrace } from '../../core/model/scheduling/trace';
import { Analysed } from '../../core/static/analysed';
import { sitesOf } from '../../core/static/concurrency-sites';
import { closeDocument, openDocument } from '../../core/static/document';
import { readSource } from '../../core/static/source/declarations';
import { Package, type PackageFile } from '../../core/static/source/package';
import { phrase } from '../../protocol/phrase';
import { outsideModuleCache } from '../build/chosen-toolchain';
import { buildGoCommand } from '../build/go-command';
import { findToolchain, type Toolchain } from '../build/toolchain';
import { type Attempt, CANCELLED, errorText, failed, succeeded } from '../system/attempt';
import { makeWorkDirectory, removeDirectory, writeProblem } from '../system/files';
import type { Installation } from '../system/installation';
import { goParser, parserFiles } from '../system/parser';
import { runProcess } from '../system/processes';
import { type SchedulingLine, schedulingTrace } from './scheduling';

export interface ObserveOptions {
  installation: Installation;
  /** Where the patterns are meant. Absolute. */
  directory: string;
  patterns: string[];
  /** Which tests, by name. */
  wants: (test: string) => boolean;
  /** How often each test is run. */
  runs: number;
  /** At most so many tests of a package, evenly spread. */
  mostTests: number;
  /** Wall milliseconds after which a trace ends, whether the test has or not. */
  milliseconds: number;
  /** Where what the traces say is kept, and read instead of running a test again. */
  kept?: string;
  signal?: AbortSignal;
  onStep?: (step: string) => void;
  onObserved: (observed: Observed) => void;
}

export interface Observed {
  /** Of the module. */
  module: string;
  package: string;
  test: string;
  /** From 0. */
  run: number;
  trace: SchedulingTrace;
  code: Code;
}

/** What `go list` says of a package. */
interface Listed {
  ImportPath: string;
  Dir: string;
  Name: string;
  GoFiles?: string[];
  TestGoFiles?: string[];
  XTestGoFiles?: string[];
  Module?: { Path: string; GoVersion?: string };
  Error?: { Err: string };
}

const OVERLAID = 'lockstep_scheduling_test.go';
const STOPPER = 'lockstepEndsTrace';
const LIMIT_VARIABLE = 'LOCKSTEP_TRACE_MILLISECONDS';
/** Beyond the trace's end, for the process to come to its own. */
const GRACE_MILLISECONDS = 10_000;

const overlaid = (packageName: string): string => `package ${packageName}

import (
	"os"
	"runtime/trace"
	"strconv"
	"time"
)

func init() {
	if limit, err := strconv.Atoi(os.Getenv("${LIMIT_VARIABLE}")); err == nil {
		go ${STOPPER}(time.Duration(limit) * time.Millisecond)
	}
}

func ${STOPPER}(limit time.Duration) {
	time.Sleep(limit)
	trace.Stop()
	os.Exit(3)
}
`;

const isOurs = (entry: Frame): boolean => entry.function.endsWith(`.${STOPPER}`);

/** Gives problems, one sentence each. Fails when nothing could be done at all. */
export async function observe(options: ObserveOptions): Promise<Attempt<string[]>> {
  const { installation, directory, signal } = options;
  const found = await findToolchain({ ...installation, directory, signal });
  if (!found.ok) return found;
  const toolchain = await outsideModuleCache(found.value, installation.cache);
  if (!toolchain.ok) return toolchain;
  options.onStep?.('preparing the reader of execution traces');
  const sources = join(installation.root, 'training', 'scheduling');
  const reader = await buildGoCommand(
    { title: phrase`reader of execution traces`, sources, package: '.', name: 'lockstep-scheduling', sameGo: false },
    installation.cache,
    found.value,
    signal,
  );
  if (!reader.ok) return reader;
  const files = await parserFiles(installation.root);
  if (!files.ok) return files;
  const parser = await goParser(files.value);
  if (!parser.ok) return parser;
  let work: string | undefined;
  try {
    work = await makeWorkDirectory(join(installation.cache, 'work'));
    return await new Observer(options, toolchain.value, reader.value, parser.value, work).run();
  } catch (error) {
    return failed(writeProblem(installation.cache, error));
  } finally {
    parser.value.delete();
    if (work !== undefined) await removeDirectory(work);
  }
}

class Observer {
  private readonly problems: string[] = [];

  constructor(
    private readonly options: ObserveOptions,
    private readonly toolchain: Toolchain,
    private readonly reader: string,
    private readonly parser: Parser,
    private readonly work: string,
  ) {}

  async run(): Promise<Attempt<string[]>> {
    const { directory, patterns, signal } = this.options;
    const fields = 'ImportPath,Dir,Name,GoFiles,TestGoFiles,XTestGoFiles,Module,Error';
    const listed = await this.go(['list', '-e', `-json=${fields}`, ...patterns], directory);
    if (listed.cancelled) return CANCELLED;
    if (listed.code !== 0) return failed(listed.stderr.trim().split('\n')[0] || 'go list failed');
    for (const found of documents(listed.stdout)) {
      if (signal?.aborted) return CANCELLED;
      if (found.Error) this.problems.push(`${found.ImportPath}: ${found.Error.Err}`);
      else await this.observe(found);
    }
    return succeeded(this.problems);
  }

  private async observe(found: Listed): Promise<void> {
    const { ImportPath: importPath, Dir: dir, TestGoFiles: inside = [], XTestGoFiles: outside = [] } = found;
    // Files of both kinds make one binary, but two packages; most tests are inside.
    const external = inside.length === 0;
    const names = external ? outside : [...(found.GoFiles ?? []), ...inside];
    const files = await this.read(dir, names);
    const all = new Analysed(new Package(files, found.Module?.GoVersion));
    const tests = files
      .filter(({ path }) => path.endsWith('_test.go'))
      .flatMap(({ path }) => sitesOf(all, path).tests.map(({ name }) => name))
      .filter((name) => name !== 'TestMain' && this.options.wants(name));
    if (tests.length === 0) return;
    let binary: string | undefined;
    const code = new Code(all);
    const every = Math.max(1, tests.length / this.options.mostTests);
    for (let at = 0; at < tests.length && !this.options.signal?.aborted; at += every) {
      const test = tests[Math.floor(at)]!;
      const kept = this.options.kept && join(this.options.kept, encodeURIComponent(importPath), `${test}.jsonl`);
      let text = kept !== undefined && existsSync(kept) ? await readFile(kept, 'utf8') : undefined;
      if (text === undefined) {
        this.options.onStep?.(`building ${importPath}`);
        binary ??= await this.build(found, external ? `${found.Name}_test` : found.Name);
        if (binary === undefined) return;
        this.options.onStep?.(`${importPath}: ${test}`);
        text = await this.runs(binary, dir, test);
        if (kept !== undefined && !this.options.signal?.aborted) {
          await mkdir(dirname(kept), { recursive: true });
          await writeFile(kept, text);
        }
      }
      const of = { module: found.Module?.Path ?? '', package: importPath, test, code };
      for (const line of linesOf(text)) {
        const trace = schedulingTrace(line, isOurs);
        if (trace.events.length === 0) this.problems.push(`${importPath} ${test}: ${line.problem ?? 'an empty trace'}`);
        else this.options.onObserved({ ...of, run: Number(basename(line.file)), trace });
      }
    }
  }

  /** What the traces of a test's runs say, a line each. */
  private async runs(binary: string, directory: string, test: string): Promise<string> {
    const traces = join(this.work, 'traces');
    await mkdir(traces, { recursive: true });
    for (let run = 0; run < this.options.runs; run++)
      await this.execute(binary, directory, test, join(traces, `${run}`));
    const text = await this.readTraces(traces);
    await removeDirectory(traces);
    return text;
  }

  private async read(dir: string, names: readonly string[]): Promise<PackageFile[]> {
    const files: PackageFile[] = [];
    for (const name of names) {
      const text = await readFile(join(dir, name), 'utf8');
      const document = openDocument(this.parser, text);
      if (!document) continue;
      files.push({ path: join(dir, name), source: readSource(text, document.tree) });
      closeDocument(document);
    }
    return files;
  }

  private async build({ ImportPath: importPath, Dir: dir }: Listed, packageName: string): Promise<string | undefined> {
    const source = join(this.work, 'overlaid.go');
    const overlay = join(this.work, 'overlay.json');
    await writeFile(source, overlaid(packageName));
    await writeFile(overlay, JSON.stringify({ Replace: { [join(dir, OVERLAID)]: source } }));
    const binary = join(this.work, process.platform === 'win32' ? 'observed.test.exe' : 'observed.test');
    const built = await this.go(['test', '-c', '-vet=off', '-overlay', overlay, '-o', binary, importPath], dir);
    if (built.code === 0) return binary;
    if (!built.cancelled) this.problems.push(`${importPath} does not build: ${built.stderr.trim().split('\n').at(-1)}`);
    return undefined;
  }

  private async execute(binary: string, directory: string, test: string, trace: string): Promise<void> {
    const { milliseconds, signal } = this.options;
    const limit = milliseconds + GRACE_MILLISECONDS;
    const environment = { ...this.toolchain.environment, PWD: directory, [LIMIT_VARIABLE]: `${milliseconds}` };
    const args = [`-test.run=^${test}$`, `-test.trace=${trace}`, `-test.timeout=${limit}ms`];
    await runProcess(binary, args, { directory, environment, signal, timeoutMilliseconds: limit });
  }

  private async readTraces(traces: string): Promise<string> {
    const files = (await readdir(traces)).map((name) => join(traces, name));
    const read = await runProcess(this.reader, files, { signal: this.options.signal, outputLimit: 1 << 29 });
    if (read.code === 0) return read.stdout;
    if (!read.cancelled) this.problems.push(`Traces in ${dirname(traces)} cannot be read: ${read.stderr.trim()}`);
    return '';
  }

  private go(args: string[], directory: string) {
    const { environment, go } = this.toolchain;
    return runProcess(go, args, { directory, environment, signal: this.options.signal, outputLimit: 64 << 20 });
  }
}

const linesOf = (text: string): SchedulingLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** `go list -json` prints one document after the other. */
function documents(text: string): Listed[] {
  try {
    return JSON.parse(`[${text.trim().replaceAll(/\n\}\s*\{/g, '\n},{')}]`);
  } catch (error) {
    throw new Error(`the answer of go list cannot be read: ${errorText(error)}`);
  }
}
