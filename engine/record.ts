/**
 * Runs tests as Go schedules them and writes down what happens: each test of a package a run of its own, all in one
 * process, parallel ones too. What follows from the order of events alone is told as a prediction: there is no
 * schedule to replay.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyseTrace } from '../core/analyse/analyse';
import type { Trace } from '../core/trace/trace';
import { withSites, writeTrace } from '../core/trace/write';
import type { Finding, RecordDocument, RecordedTest } from '../protocol/finding';
import { english, type Phrase, phrase } from '../protocol/phrase';
import { CONFIG_VARIABLE, type RunConfig, type RunLine } from '../protocol/run';
import { type Build, type BuiltPackage, buildTests, disposeBuild } from './build/build';
import { testFilter } from './explore/tests-to-run';
import { findingSeenFrom, sitesFrom } from './run/positions';
import { Results } from './run/results';
import type { BuildSites } from './run/schedule-sites';
import { findStored, type Store, storeOf, writeFinding } from './store/store';
import { type Attempt, errorText, succeeded } from './system/attempt';
import { relativePath } from './system/files';
import type { Installation } from './system/installation';
import { LIFELINE_DESCRIPTOR, type ProcessResult, runProcess } from './system/processes';

export interface RecordOptions {
  installation: Installation;
  /** Patterns are resolved, and files in findings are, relative to this. Absolute. */
  directory: string;
  patterns: string[];
  /** As in `go test -run`. */
  run?: string;
  tags?: string;
  /** Where to store instead of in `.lockstep` at the module's root. Absolute. */
  out?: string;
  /** Where the trace of each test is written, whatever it shows. Absolute; made where it is missing. */
  traces?: string;
  /** Wall seconds for each package. */
  seconds: number;
  signal?: AbortSignal;
  /** What is being done. */
  onStep?: (step: Phrase) => void;
  /** What is done otherwise than the user's settings ask for. */
  onNotice?: (sentence: string) => void;
}

/** Where a run that Go has scheduled ends says little, and how it ends is for the test to say. */
const ANALYSES = ['happens-before', 'waitgroup'];
const POLL_MILLISECONDS = 100;
/** For Go to print its stacks after -test.timeout, and for the last line. */
const GRACE_SECONDS = 10;

/** Fails only when nothing could be done at all. */
export async function record(options: RecordOptions): Promise<Attempt<RecordDocument>> {
  const filter = testFilter(options.run);
  if (!filter.ok) return filter;
  const built = await buildTests({ ...options, wants: (_, test) => filter.value(test) });
  if (!built.ok) return built;
  const build = built.value;
  const document: RecordDocument = { version: 1, findings: [], tests: [], problems: build.problems.map(english) };
  try {
    for (const found of build.packages) {
      if (options.signal?.aborted) break;
      options.onStep?.(phrase`recording ${found.importPath}`);
      await new Recording(build, found, options, document).run();
    }
  } finally {
    await disposeBuild(build);
  }
  return succeeded(document);
}

/** One process. */
class Recording {
  private readonly out: string;
  private readonly sites: BuildSites;
  private readonly store: Store;
  private read = 0;

  constructor(
    build: Build,
    private readonly found: BuiltPackage,
    private readonly options: RecordOptions,
    private readonly document: RecordDocument,
    private readonly environment = build.toolchain.environment,
  ) {
    this.out = join(build.work, 'record');
    this.sites = sitesFrom(build.document, found.moduleDir, build.toolchain.goroot);
    this.store = storeOf(found.moduleDir, options.out);
  }

  async run(): Promise<void> {
    const { found, out, options } = this;
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const config: RunConfig = {
      version: 1,
      mode: 'record',
      strategy: 'random',
      package: found.importPath,
      test: '',
      seed: '1',
      first: 0,
      iterations: 1,
      milliseconds: 0,
      maxSteps: 1,
      foreignMilliseconds: 0,
      out,
      traceEvery: 1,
      ...(process.platform === 'win32' ? {} : { lifeline: LIFELINE_DESCRIPTOR }),
    };
    const configuration = join(out, 'config.json');
    await writeFile(configuration, JSON.stringify(config));
    const results = new Results(join(out, 'results.jsonl'));
    // Traces are read while the tests run: all of them at once could fill the disk.
    let reading = Promise.resolve();
    const poll = () => {
      reading = reading.then(() => this.refresh(results)).catch(() => {}); // the last time counts
    };
    const timer = setInterval(poll, POLL_MILLISECONDS);
    const ended = await runProcess(
      found.binary,
      [`-test.timeout=${options.seconds}s`, ...(options.run === undefined ? [] : [`-test.run=${options.run}`])],
      {
        directory: found.dir,
        environment: { ...this.environment, PWD: found.dir, [CONFIG_VARIABLE]: configuration },
        signal: options.signal,
        timeoutMilliseconds: (options.seconds + GRACE_SECONDS) * 1000,
        stacksAtTimeout: true,
        lifeline: true,
      },
    );
    clearInterval(timer);
    await reading;
    await this.refresh(results);
    this.judgeEnd(ended, results);
    await rm(out, { recursive: true, force: true });
  }

  private async refresh(results: Results): Promise<void> {
    await results.refresh();
    for (; this.read < results.runs.length; this.read++) await this.take(results.runs[this.read]!);
  }

  /** Reads and judges the trace of one test. */
  private async take(line: RunLine): Promise<void> {
    const { found, options, document } = this;
    const result = line.failed ? 'fail' : line.skipped ? 'skip' : line.outcome === 'panic' ? 'panic' : 'pass';
    const test: RecordedTest = {
      package: found.importPath,
      test: line.test,
      result,
      events: 0,
      dropped: 0,
      findings: [],
    };
    document.tests.push(test);
    const path = join(this.out, line.trace ?? '');
    try {
      const { trace, problems } = withSites(await readFile(path), this.sites);
      if (!trace) throw new Error(problems[0]);
      const { header } = trace;
      test.events = header.events;
      test.dropped = header.dropped;
      await this.writeTrace(test, trace);
      const { findings } = analyseTrace(trace, { package: found.importPath, test: line.test, only: ANALYSES });
      for (const finding of findings) {
        test.findings.push(finding.id);
        await this.keep(finding, trace);
      }
    } catch (error) {
      document.problems.push(`What was recorded of ${line.test} cannot be read: ${errorText(error)}`);
    }
    for (const file of [line.trace, line.schedule]) if (file) await rm(join(this.out, file), { force: true });
    options.onStep?.(phrase`recording ${found.importPath}: ${line.test}`);
  }

  /** Throws system errors. */
  private async writeTrace(test: RecordedTest, trace: Trace): Promise<void> {
    const { traces, directory } = this.options;
    if (traces === undefined) return;
    await mkdir(traces, { recursive: true });
    const file = join(traces, `${test.package.replaceAll('/', '_')}.${test.test}.trace`);
    await writeFile(file, writeTrace(trace));
    test.trace = relativePath(directory, file);
  }

  /** What an exploration has found and can replay is worth more than a prediction. */
  private async keep(finding: Finding, trace: Trace): Promise<void> {
    const { document, store, found, options } = this;
    if (document.findings.some(({ id }) => id === finding.id)) return;
    const known = await findStored(store, finding.id);
    const stored = known.ok ? known : await writeFinding(store, finding, { trace: writeTrace(trace) });
    if (!stored.ok) document.problems.push(stored.problem);
    document.findings.push(findingSeenFrom(stored.ok ? stored.value : finding, found.moduleDir, options.directory));
  }

  /** Tests that the process did not come to. */
  private judgeEnd(ended: ProcessResult, results: Results): void {
    const { found, document } = this;
    const seen = new Set(results.runs.map(({ test }) => test));
    const missing = found.tests.filter(({ name }) => !seen.has(name));
    if (missing.length === 0 || ended.cancelled) return;
    const said = /^((?:panic|fatal error): .*?)(?: \[recovered.*)?$/m.exec(`${ended.stderr}\n${ended.stdout}`)?.[1];
    const why =
      (ended.startProblem === undefined ? undefined : english(ended.startProblem)) ??
      said ??
      (ended.timedOut ? 'they took too long' : `status ${ended.code}`);
    document.problems.push(`The tests of ${found.importPath} did not run to their end: ${why}.`);
    for (const { name } of missing) {
      document.tests.push({
        package: found.importPath,
        test: name,
        result: 'unfinished',
        events: 0,
        dropped: 0,
        findings: [],
      });
    }
  }
}
