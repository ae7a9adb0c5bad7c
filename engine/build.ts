/**
 * From package patterns to instrumented test binaries: `lockstep-tracer rewrite`, then `go test -c -overlay` for
 * each package with tests, all in a work directory of ours that disposeBuild removes.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RewriteDocument, SourceError, TracedPackage } from '../protocol/tracer';
import { type Attempt, CANCELLED, errorText, failed, succeeded } from './attempt';
import { outsideModuleCache } from './chosen-toolchain';
import { errorsInOutput, sentenceOf } from './compile-errors';
import { makeWorkDirectory, removeDirectory, writeProblem } from './files';
import type { Installation } from './installation';
import { type ProcessResult, runProcess } from './processes';
import { findToolchain, type Toolchain } from './toolchain';
import { buildTracer } from './tracer-command';

export interface BuildRequest {
  installation: Installation;
  /** Patterns are resolved, and positions reported, relative to this. Absolute. */
  directory: string;
  patterns: string[];
  /** Build tags, comma-separated. */
  tags?: string;
  /** Leave out packages without a test that this accepts. */
  wants?: (packagePath: string, test: string) => boolean;
  /** Keep debugging information, for a debugger. */
  debuggable?: boolean;
  signal?: AbortSignal;
  /** Called before each step with what is about to be done. */
  onStep?: (step: string) => void;
}

export interface BuiltPackage extends TracedPackage {
  /** Absolute. */
  binary: string;
}

export interface Build {
  toolchain: Toolchain;
  /** Everything written for this build; the caller may put more into it. Absolute. */
  work: string;
  document: RewriteDocument;
  packages: BuiltPackage[];
  /** Errors in the user's code, positions as in the user's files. */
  errors: SourceError[];
  /** One sentence each; `errors` are in it. */
  problems: string[];
  /** Wall seconds of the steps. */
  seconds: { toolchain: number; tracer: number; rewrite: number; compile: number };
}

/** Builds the tests of the packages. The caller disposes of the build when it is done with the binaries. */
export async function buildTests(request: BuildRequest): Promise<Attempt<Build>> {
  const { installation, directory, signal } = request;
  const clock = stopwatch();
  const found = await findToolchain({ ...installation, directory, signal });
  if (!found.ok) return found;
  const toolchain = await outsideModuleCache(found.value, installation.cache);
  if (!toolchain.ok) return toolchain;
  const seconds = { toolchain: clock(), tracer: 0, rewrite: 0, compile: 0 };
  request.onStep?.('preparing the tracer');
  const tracer = await buildTracer(installation, toolchain.value, signal);
  if (!tracer.ok) return tracer;
  seconds.tracer = clock();

  let work: string;
  try {
    work = await makeWorkDirectory(join(installation.cache, 'work'));
  } catch (error) {
    return failed(writeProblem(installation.cache, error));
  }
  const built = await buildIn(work, tracer.value, toolchain.value, request, seconds, clock).catch((error: unknown) =>
    failed(writeProblem(work, error)),
  );
  if (!built.ok) await removeDirectory(work);
  return built;
}

/** Removes what the build wrote. */
export async function disposeBuild(build: Build): Promise<void> {
  await removeDirectory(build.work);
}

async function buildIn(
  work: string,
  tracer: string,
  toolchain: Toolchain,
  request: BuildRequest,
  seconds: Build['seconds'],
  clock: () => number,
): Promise<Attempt<Build>> {
  const { directory, signal } = request;
  request.onStep?.('instrumenting');
  const rewritten = await rewrite(work, tracer, toolchain, request);
  if (!rewritten.ok) return rewritten;
  const document = rewritten.value;
  seconds.rewrite = clock();

  const build: Build = { toolchain, work, document, packages: [], errors: [...document.errors], problems: [], seconds };
  for (const error of document.errors) build.problems.push(sentenceOf(error, directory));
  const backing = await overlayFiles(document.overlay);
  const wants = request.wants ?? (() => true);
  const wanted = document.packages
    .map((found) => ({ ...found, tests: found.tests.filter((test) => wants(found.importPath, test.name)) }))
    .filter((found) => found.tests.length > 0);
  for (const [index, found] of wanted.entries()) {
    request.onStep?.(`building ${found.importPath}`);
    const binary = join(work, `${index}.test${process.platform === 'win32' ? '.exe' : ''}`);
    const compiled = await compile(found, binary, document.overlay, toolchain, request);
    if (compiled.cancelled || signal?.aborted) return CANCELLED;
    if (compiled.code === 0) {
      build.packages.push({ ...found, binary });
      continue;
    }
    const errors = errorsInOutput(compiled.stderr, found.moduleDir, backing);
    const blame = await withoutInstrumentation(found, toolchain, request);
    if (blame.cancelled) return CANCELLED;
    if (blame.code === 0) {
      const first = errors[0];
      const reason = first ? sentenceOf(first, directory) : lastLine(compiled);
      build.problems.push(`${found.importPath} could not be instrumented and was left out: ${reason}`);
    } else {
      build.errors.push(...errors);
      if (errors.length === 0) build.problems.push(`${found.importPath} does not build: ${lastLine(blame)}`);
      for (const error of errors) build.problems.push(sentenceOf(error, directory));
    }
  }
  build.problems = [...new Set(build.problems)];
  seconds.compile = clock();
  return succeeded(build);
}

async function rewrite(
  work: string,
  tracer: string,
  toolchain: Toolchain,
  { directory, patterns, tags, signal }: BuildRequest,
): Promise<Attempt<RewriteDocument>> {
  const args = ['rewrite', '--dir', directory, '--out', join(work, 'overlay')];
  if (tags) args.push('--tags', tags);
  const run = await runProcess(tracer, [...args, ...patterns], {
    directory,
    environment: toolchain.environment,
    signal,
    outputLimit: 512 * 1024 * 1024,
  });
  if (run.cancelled) return CANCELLED;
  if (run.code !== 0) return failed(withoutPrefixes(lastLine(run)));
  try {
    const document: RewriteDocument = JSON.parse(run.stdout);
    if (document.version !== 1) return failed(`The tracer answers in version ${document.version}, which is not known.`);
    return succeeded(document);
  } catch (error) {
    return failed(`The tracer's answer cannot be read: ${errorText(error)}`);
  }
}

function compile(
  found: TracedPackage,
  binary: string,
  overlay: string,
  toolchain: Toolchain,
  { tags, debuggable, signal }: BuildRequest,
): Promise<ProcessResult> {
  const args = ['test', '-c', '-vet=off', '-overlay', overlay, '-o', binary];
  if (tags) args.push('-tags', tags);
  // Linking without debugging information takes two thirds of the time.
  if (!debuggable && !/-ldflags/.test(toolchain.environment.GOFLAGS ?? '')) args.push('-ldflags=-w -s');
  return runProcess(toolchain.go, [...args, found.importPath], {
    directory: found.moduleDir,
    environment: toolchain.environment,
    signal,
  });
}

/** Builds the package as it is, to know whether its own code or the instrumentation is at fault. */
function withoutInstrumentation(found: TracedPackage, toolchain: Toolchain, { tags, signal }: BuildRequest) {
  const args = ['test', '-c', '-vet=off', '-o', process.platform === 'win32' ? 'NUL' : '/dev/null'];
  if (tags) args.push('-tags', tags);
  return runProcess(toolchain.go, [...args, found.importPath], {
    directory: found.moduleDir,
    environment: toolchain.environment,
    signal,
  });
}

/** Backing file → user's file. */
async function overlayFiles(overlay: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const { Replace = {} }: { Replace?: Record<string, string> } = JSON.parse(await readFile(overlay, 'utf8'));
  for (const [original, written] of Object.entries(Replace)) files.set(written, original);
  return files;
}

/** `lockstep-tracer: … stderr: go: go.mod file not found …` → what the go command said. */
function withoutPrefixes(line: string): string {
  return line.replace(/^lockstep-tracer: /, '').replace(/^.*stderr: (go: )?/, '');
}

function lastLine(run: ProcessResult): string {
  const lines = run.stderr.trim().split('\n');
  return run.startProblem ?? (lines.at(-1) || `it ended with ${run.endedBy ?? `status ${run.code}`}`);
}

/** Seconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
