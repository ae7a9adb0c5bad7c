/**
 * From package patterns to instrumented test binaries: `lockstep-tracer rewrite`, then `go test -c -overlay` for
 * each package with tests. What was built without a problem is kept for the next time.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Shard, testsOfShard } from '../../core/explore/shard';
import { english, type Phrase, phrase, type Value } from '../../protocol/phrase';
import type { RewriteDocument, SourceError, TracedPackage } from '../../protocol/tracer';
import { type Attempt, CANCELLED, errorText, failed, succeeded } from '../system/attempt';
import { makeWorkDirectory, removeDirectory, writeProblem } from '../system/files';
import type { Installation } from '../system/installation';
import { type ProcessResult, runProcess } from '../system/processes';
import { buildKey, type CachedBuild, endUse, findBuild, keepBuild, newEntry } from './build-cache';
import { outsideModuleCache } from './chosen-toolchain';
import { errorsInOutput, sentenceOf } from './compile-errors';
import { debugFlags } from './debug-flags';
import { raceSupport } from './race-support';
import { findToolchain, type Toolchain } from './toolchain';
import { buildTracer } from './tracer-command';

export interface BuildRequest {
  installation: Installation;
  /** Patterns are resolved, and positions reported, relative to this. Absolute. */
  directory: string;
  patterns: string[];
  /** Build tags, comma-separated. */
  tags?: string;
  /** Patterns of packages of other modules to instrument too, comma-separated. */
  dependencies?: string;
  /** Leave out packages without a test that this accepts. */
  wants?: (packagePath: string, test: string) => boolean;
  /** Of the tests that are wanted, only these. */
  shard?: Shard;
  /** Keep debugging information, for a debugger. */
  debuggable?: boolean;
  /** With Go's race detector. */
  race?: boolean;
  /** On one core: somebody else needs the others. */
  background?: boolean;
  signal?: AbortSignal;
  /** Called before each step with what is about to be done. */
  onStep?: (step: Phrase) => void;
  /** Called with what is done otherwise than the user's settings ask for, one sentence each. */
  onNotice?: (sentence: string) => void;
}

export interface BuiltPackage extends TracedPackage {
  /** Absolute. */
  binary: string;
  /** Wall seconds that compiling and linking it took; 0 when it was kept from before. */
  compileSeconds: number;
}

export interface Build {
  /** Go's race detector is in the binaries. */
  race: boolean;
  /** As asked for. */
  dependencies: string | undefined;
  /** The same for builds of the same code, made in the same way by the same Lockstep: their numbers mean the same. */
  content: string;
  toolchain: Toolchain;
  /** The tracer command. Absolute. */
  tracer: string;
  /** Overlay and binaries. Absolute. */
  directory: string;
  /** For what runs write; disposeBuild removes it. Absolute. */
  work: string;
  document: RewriteDocument;
  packages: BuiltPackage[];
  /** Errors in the user's code, positions as in the user's files. */
  errors: SourceError[];
  /** One sentence each; `errors` are in it. */
  problems: Value[];
  /** Wall seconds of the steps. */
  seconds: { toolchain: number; tracer: number; rewrite: number; compile: number };
}

/** Builds the tests of the packages. The caller disposes of the build when it is done with the binaries. */
export async function buildTests(request: BuildRequest): Promise<Attempt<Build>> {
  const { installation, directory, tags, dependencies, debuggable = false, race = false, signal } = request;
  const clock = stopwatch();
  const found = await findToolchain({ ...installation, directory, signal });
  if (!found.ok) return found;
  for (const notice of found.value.notices) request.onNotice?.(notice);
  const toolchain = await outsideModuleCache(found.value, installation.cache);
  if (!toolchain.ok) return toolchain;
  if (race) {
    const supported = await raceSupport(toolchain.value);
    if (!supported.ok) return supported;
  }
  const seconds = { toolchain: clock(), tracer: 0, rewrite: 0, compile: 0 };
  request.onStep?.(phrase`preparing the tracer`);
  const tracer = await buildTracer(installation, toolchain.value, signal);
  if (!tracer.ok) return tracer;
  seconds.tracer = clock();

  const { variables, flags } = toolchain.value;
  const key = buildKey([
    tracer.value,
    variables,
    flags,
    directory,
    request.patterns,
    tags,
    dependencies,
    debuggable,
    race,
  ]);
  const begun = BigInt(Date.now()) * 1_000_000n;
  const cached = await findBuild(installation.cache, key);
  let entry = cached?.directory;
  let work: string | undefined;
  try {
    entry ??= await newEntry(installation.cache, key);
    work = await makeWorkDirectory(join(installation.cache, 'work'));
  } catch (error) {
    if (entry !== undefined) await endUse(entry);
    return failed(writeProblem(installation.cache, error));
  }
  const parts: Parts = { tracer: tracer.value, toolchain: toolchain.value, directory: entry, work, cached, seconds };
  const built = await buildIn(parts, request, clock).catch((error: unknown) => failed(writeProblem(entry, error)));
  if (!built.ok) {
    await removeDirectory(work);
    if (cached) await endUse(entry);
    else await removeDirectory(entry);
    return built;
  }
  const { document, packages } = built.value;
  const fresh = packages.filter(({ importPath }) => cached?.binaries[importPath] === undefined);
  if (document.errors.length === 0 && fresh.length > 0) {
    const binaries = { ...cached?.binaries };
    for (const { importPath, binary } of fresh) binaries[importPath] = basename(binary);
    // A build that cannot be kept is a build all the same.
    await keepBuild(installation.cache, key, { directory: entry, document, binaries }, begun).catch(() => {});
  }
  return built;
}

/** Removes what runs wrote. The build itself stays for the next time, if it was kept. */
export async function disposeBuild(build: Build): Promise<void> {
  await removeDirectory(build.work);
  await endUse(build.directory);
}

interface Parts {
  tracer: string;
  toolchain: Toolchain;
  directory: string;
  work: string;
  cached: CachedBuild | undefined;
  seconds: Build['seconds'];
}

async function buildIn(parts: Parts, request: BuildRequest, clock: () => number): Promise<Attempt<Build>> {
  const { toolchain, work, cached, seconds } = parts;
  const { directory, signal } = request;
  if (!cached) request.onStep?.(phrase`instrumenting`);
  const rewritten = cached
    ? succeeded(cached.document)
    : await rewrite(parts.directory, parts.tracer, toolchain, request);
  if (!rewritten.ok) return rewritten;
  const document = rewritten.value;
  seconds.rewrite = clock();

  const errors = [...document.errors];
  const build: Build = {
    race: request.race ?? false,
    dependencies: request.dependencies,
    content: contentOf(parts, request, document.sourceHash),
    toolchain,
    tracer: parts.tracer,
    directory: parts.directory,
    work,
    document,
    packages: [],
    errors,
    problems: [],
    seconds,
  };
  for (const error of document.errors) build.problems.push(sentenceOf(error, directory));
  const wanted = wantedTests(document.packages, request);
  for (const found of wanted) {
    const kept = cached?.binaries[found.importPath];
    if (kept !== undefined) {
      build.packages.push({ ...found, binary: join(parts.directory, kept), compileSeconds: 0 });
      continue;
    }
    request.onStep?.(phrase`building ${found.importPath}`);
    const binary = join(parts.directory, binaryName(found.importPath));
    const lap = stopwatch();
    const compiled = await compile(found, binary, document, toolchain, request);
    if (compiled.cancelled || signal?.aborted) return CANCELLED;
    if (compiled.code === 0) {
      build.packages.push({ ...found, binary, compileSeconds: lap() });
      continue;
    }
    const errors = errorsInOutput(compiled.stderr, found.moduleDir, await overlayFiles(document.overlay));
    const blame = await withoutInstrumentation(found, toolchain, request);
    if (blame.cancelled) return CANCELLED;
    if (blame.code === 0) {
      const first = errors[0];
      const reason = first ? sentenceOf(first, directory) : lastLine(compiled);
      build.problems.push(phrase`${found.importPath} could not be instrumented and was left out: ${reason}`);
    } else {
      build.errors.push(...errors);
      if (errors.length === 0) build.problems.push(phrase`${found.importPath} does not build: ${lastLine(blame)}`);
      for (const error of errors) build.problems.push(sentenceOf(error, directory));
    }
  }
  build.problems = [...new Map(build.problems.map((problem) => [english(problem), problem])).values()];
  seconds.compile = clock();
  return succeeded(build);
}

function wantedTests(packages: readonly TracedPackage[], { wants, shard }: BuildRequest): TracedPackage[] {
  const keep = (accepts: (path: string, test: string) => boolean, from: readonly TracedPackage[]) =>
    from
      .map((found) => ({ ...found, tests: found.tests.filter((test) => accepts(found.importPath, test.name)) }))
      .filter((found) => found.tests.length > 0);
  const wanted = keep(wants ?? (() => true), packages);
  if (!shard) return wanted;
  const key = (path: string, test: string) => `${path} ${test}`;
  const keys = wanted.flatMap((found) => found.tests.map((test) => key(found.importPath, test.name)));
  const own = testsOfShard(keys, shard);
  return keep((path, test) => own.has(key(path, test)), wanted);
}

function contentOf(
  { tracer, toolchain }: Parts,
  { tags, dependencies, race }: BuildRequest,
  sourceHash: string,
): string {
  return buildKey([
    basename(tracer),
    toolchain.variables,
    toolchain.flags,
    tags,
    dependencies,
    race ?? false,
    sourceHash,
  ]);
}

/** The base of the import path is for people who look at processes. */
function binaryName(importPath: string): string {
  const hash = createHash('sha256').update(importPath).digest('hex').slice(0, 8);
  const base = importPath
    .split('/')
    .at(-1)
    ?.replace(/[^\w.-]/g, '_');
  return `${base}-${hash}.test${process.platform === 'win32' ? '.exe' : ''}`;
}

async function rewrite(
  entry: string,
  tracer: string,
  toolchain: Toolchain,
  { directory, patterns, tags, dependencies, race, signal }: BuildRequest,
): Promise<Attempt<RewriteDocument>> {
  const args = ['rewrite', '--dir', directory, '--out', join(entry, 'overlay')];
  if (tags) args.push('--tags', tags);
  if (dependencies) args.push('--deps', dependencies);
  if (race) args.push('--race');
  const run = await runProcess(tracer, [...args, ...patterns], {
    directory,
    environment: toolchain.environment,
    signal,
    outputLimit: 512 * 1024 * 1024,
  });
  if (run.cancelled) return CANCELLED;
  if (run.code !== 0) {
    const last = lastLine(run);
    return failed(typeof last === 'string' ? withoutPrefixes(last) : last);
  }
  try {
    const document: RewriteDocument = JSON.parse(run.stdout);
    if (document.version !== 1)
      return failed(phrase`The tracer answers in version ${document.version}, which is not known.`);
    return succeeded(document);
  } catch (error) {
    return failed(phrase`The tracer's answer cannot be read: ${errorText(error)}`);
  }
}

async function compile(
  found: TracedPackage,
  binary: string,
  { overlay, buildFlags, packages }: RewriteDocument,
  toolchain: Toolchain,
  { tags, debuggable, background, signal }: BuildRequest,
): Promise<ProcessResult> {
  // Stacks have to name the user's files, whatever GOFLAGS says.
  const whole = '-trimpath=false';
  const modules = [...new Set(packages.map(({ module }) => module))];
  const flags = debuggable ? await debugFlags(overlay, buildFlags, modules) : buildFlags;
  const args = ['test', '-c', '-vet=off', whole, '-overlay', overlay, '-o', binary, ...flags];
  if (tags) args.push('-tags', tags);
  // Linking without debugging information takes two thirds of the time.
  if (!debuggable && !/-ldflags/.test(toolchain.environment.GOFLAGS ?? '')) args.push('-ldflags=-w -s');
  return runProcess(toolchain.go, [...args, found.importPath], {
    directory: found.moduleDir,
    environment: background ? { ...toolchain.environment, GOMAXPROCS: '1' } : toolchain.environment,
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

function lastLine(run: ProcessResult): Value {
  const lines = run.stderr.trim().split('\n');
  if (run.startProblem !== undefined) return run.startProblem;
  return (
    lines.at(-1) ||
    (run.endedBy ? phrase`it ended with ${run.endedBy}` : phrase`it ended with status ${run.code ?? ''}`)
  );
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
