/** Makes a stored finding ready for a debugger: its test, built so that one can show it, and a replay that stops where it shows. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RacingPair, racesIn } from '../../core/analyse/racing/racing-pairs';
import { readTrace } from '../../core/trace/read';
import { eventAt, eventsOf, siteAt, type Trace } from '../../core/trace/trace';
import type { Finding, FindingSite } from '../../protocol/finding';
import { type Phrase, phrase } from '../../protocol/phrase';
import { type DebugStop, GOROUTINES_FILE } from '../../protocol/run';
import { type Delve, findDelve } from '../build/delve';
import { prepareRun } from '../run/run';
import { conditionsOf } from '../run/schedule-sites';
import { sourcesHash } from '../store/hashes';
import { tracePath } from '../store/store';
import { type Attempt, failed, succeeded } from '../system/attempt';
import { writeProblem } from '../system/files';
import { openStoredTest, type StoredTest, type StoredTestOptions } from './stored-test';

export interface DebugRun {
  finding: Finding;
  delve: Delve;
  /** What the debugger starts. Absolute. */
  program: string;
  args: string[];
  /** Working directory of the program. Absolute. */
  directory: string;
  /** What the program's environment has besides that of this process, or otherwise. */
  environment: Record<string, string>;
  /** Where the program, when it stops, writes who is who: DebuggedGoroutine[]. Absolute. */
  goroutines: string;
  /** What one should know before it starts, a sentence. */
  notice?: Phrase;
  /** Removes what the program needs. It must have ended. */
  close: () => Promise<void>;
}

/** Fails as openStoredTest does, or when there is no Delve and it cannot be built. */
export async function prepareDebugging(options: StoredTestOptions): Promise<Attempt<DebugRun>> {
  const opened = await openStoredTest({ ...options, debuggable: true });
  if (!opened.ok) return opened;
  const { close, ...test } = opened.value;
  const prepared = await prepare(test, options).catch((error: unknown) =>
    failed(writeProblem(test.subject.work, error)),
  );
  if (!prepared.ok) {
    await close();
    return prepared;
  }
  return succeeded({ ...prepared.value, close });
}

async function prepare(test: StoredTest, options: StoredTestOptions): Promise<Attempt<Omit<DebugRun, 'close'>>> {
  const { store, finding, schedule, subject, toolchain, anchored } = test;
  const delve = await findDelve(toolchain, options.installation.cache, options);
  if (!delve.ok) return delve;
  const stop = await stopOf(test);
  const { args, environment, out } = prepareRun(subject, {
    strategy: 'replay',
    ...conditionsOf(schedule),
    points: anchored.points,
    iterations: 1,
    // Somebody looks at it meanwhile.
    milliseconds: 0,
    steps: anchored.steps,
    debug: stop,
  });
  const sourceChanged = schedule.sourceHash !== (await sourcesHash(store, finding, schedule));
  const notice = sourceChanged ? STALE : isRace(finding) && !stop.access ? UNPLACED : undefined;
  return succeeded({
    finding,
    delve: delve.value,
    program: subject.package.binary,
    args,
    directory: subject.package.dir,
    environment: besides(environment, process.env),
    goroutines: join(out, GOROUTINES_FILE),
    ...(notice === undefined ? {} : { notice }),
  });
}

const STALE = phrase`The code has changed since this was found, so the run may take another course; it stops where it does.`;
const UNPLACED = phrase`Go's race detector tells the two lines and not the moment: set breakpoints there, the run does not stop by itself.`;

const isRace = ({ kind }: Finding): boolean => kind === 'data-race' || kind === 'concurrent-map-access';

function besides(environment: NodeJS.ProcessEnv, known: NodeJS.ProcessEnv): Record<string, string> {
  const others = Object.entries(environment).filter(([name, value]) => value !== undefined && known[name] !== value);
  return Object.fromEntries(others) as Record<string, string>;
}

async function stopOf(test: StoredTest): Promise<DebugStop> {
  const { finding, anchored, subject } = test;
  const access = await accessOf(test);
  const used = new Set([...anchored.steps.map(({ site }) => site), ...(anchored.points ?? [])]);
  const places = [...subject.sites]
    .filter(([id]) => used.has(id))
    .map(([id, { file, line }]) => [id, `${file}:${line}`]);
  return {
    sentence: finding.message,
    goroutines: [...new Set(finding.sites.flatMap(({ goroutine }) => goroutine ?? []))],
    ...(access ? { access } : {}),
    ...(finding.kind === 'test-failure' ? { failure: true } : {}),
    places: Object.fromEntries(places),
  };
}

/** Of a race: the later one of its two accesses, as the stored trace has it. */
async function accessOf({ store, finding, subject }: StoredTest): Promise<DebugStop['access']> {
  const path = tracePath(store, finding);
  if (path === undefined || !isRace(finding)) return undefined;
  const { trace } = readTrace(await readFile(path));
  const [one, other] = finding.sites;
  if (!trace || !one || !other) return undefined;
  const pair = racesIn(trace).pairs.find((pair) => isBetween(trace, pair, one, other));
  if (!pair) return undefined;
  const { goroutine, site } = eventAt(trace, pair.second);
  const place = siteAt(trace, site);
  const path_ = trace.header.goroutines[goroutine]?.path;
  const now = [...subject.sites.values()].find(
    ({ file, line, column, operation }) =>
      file === place?.file && line === place.line && column === place.column && operation === place.operation,
  );
  if (!now || path_ === undefined) return undefined;
  let nth = 0;
  for (const event of eventsOf(trace)) {
    if (event.index > pair.second) break;
    if (event.goroutine === goroutine && event.site === site && ACCESSES.has(event.operation)) nth++;
  }
  return { g: path_, site: now.id, nth };
}

const ACCESSES: ReadonlySet<string> = new Set(['read', 'write', 'atomic']);

function isBetween(trace: Trace, { first, second }: RacingPair, one: FindingSite, other: FindingSite): boolean {
  const at = (event: number, { file, line, column }: FindingSite): boolean => {
    const site = siteAt(trace, eventAt(trace, event).site);
    return site?.file === file && site.line === line && site.column === column;
  };
  return (at(first, one) && at(second, other)) || (at(first, other) && at(second, one));
}
