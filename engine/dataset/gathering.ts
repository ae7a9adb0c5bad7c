/** Gathers what followed at identical prefixes of the tests of a module, test by test, and goes on where it was stopped. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type GatheredTest, hashOf } from '../../core/model/operations/gathered';
import { english } from '../../protocol/phrase';
import { type Build, buildTests, disposeBuild } from '../build/build';
import { sitesFrom } from '../run/positions';
import { subjectOf } from '../run/subject';
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';
import { relativePath, writeAtomically, writeProblem } from '../system/files';
import type { Installation } from '../system/installation';
import { isRecord } from '../system/json';
import { type GatherBounds, gatherQuestions, readAnew } from './operations';
import { signatureOf } from './signature';

export interface GatheringOptions extends GatherBounds {
  installation: Installation;
  /** The module. Absolute. Its path is part of what a kept build is known by. */
  directory: string;
  /** Accepts `folder/TestName`; all when left out. */
  wants?: (id: string) => boolean;
  /** Where what has been gathered is kept, and read from. Absolute. */
  file?: string;
  /** Tests that are asked about at the same time. */
  workers: number;
  /** Begins no further test after so many seconds. */
  withinSeconds?: number;
  /** Only who is said to wait for ever. */
  signatureOnly?: boolean;
  /** Reads anew what is said of what was kept, the leak signature too, and gathers nothing. */
  anew?: boolean;
  signal?: AbortSignal;
  onStep?: (step: string) => void;
}

export interface Gathered {
  tests: GatheredTest[];
  /** Tests that there was no time for. */
  left: number;
  problems: string[];
}

/** Fails when nothing can be built, or what was kept cannot be read or written. */
export async function gatherOperations(options: GatheringOptions): Promise<Attempt<Gathered>> {
  const { installation, directory, file, signal, onStep } = options;
  const kept = await keptIn(file);
  if (!kept.ok) return kept;
  const built = await buildTests({
    installation,
    directory,
    patterns: ['./...'],
    signal,
    onStep: (step) => onStep?.(english(step)),
  });
  if (!built.ok) return built;
  try {
    return await gatherFrom(built.value, kept.value, options);
  } catch (error) {
    return failed(file === undefined ? errorText(error) : writeProblem(file, error));
  } finally {
    await disposeBuild(built.value);
  }
}

async function gatherFrom(build: Build, kept: readonly GatheredTest[], options: GatheringOptions) {
  const { directory, wants = () => true, file, withinSeconds = Number.POSITIVE_INFINITY, signal, onStep } = options;
  const sites = sitesFrom(build.document, directory, build.toolchain.goroot);
  const wanted = build.packages
    .flatMap((found) => found.tests.map(({ name }) => ({ found, name, id: idOf(directory, found.dir, name) })))
    .filter(({ id }) => wants(id))
    // In no order that has to do with what they are about, so that a part of them is a sample.
    .sort((a, b) => hashOf(a.id) - hashOf(b.id));
  const known = new Map(kept.map((test) => [test.id, test]));
  const until = performance.now() + withinSeconds * 1000;
  const rest = wanted.filter(({ id }) => known.has(id) === (options.anew ?? false));
  let saved = Promise.resolve();
  const lane = async (): Promise<void> => {
    while (performance.now() < until && !signal?.aborted) {
      const next = rest.shift();
      if (!next) break;
      const { found, name, id } = next;
      onStep?.(`${id}, ${rest.length} to come`);
      const subject = subjectOf(build, found, name, sites);
      const before = known.get(id);
      const questions = before
        ? await readAnew(subject, before.questions)
        : await (options.signatureOnly ? [] : gatherQuestions(subject, options));
      const signature = await signatureOf(subject);
      // What was cut off halfway is no sample.
      if (signal?.aborted) break;
      known.set(id, { id, questions, signature });
      if (file === undefined) continue;
      saved = saved.then(() => writeAtomically(file, JSON.stringify([...known.values()])));
      await saved;
    }
  };
  await Promise.all(Array.from({ length: options.workers }, lane));
  const tests = wanted.flatMap(({ id }) => known.get(id) ?? []);
  return succeeded<Gathered>({ tests, left: wanted.length - tests.length, problems: build.problems.map(english) });
}

const idOf = (directory: string, folder: string, test: string): string => `${relativePath(directory, folder)}/${test}`;

async function keptIn(file: string | undefined): Promise<Attempt<GatheredTest[]>> {
  if (file === undefined || !existsSync(file)) return succeeded([]);
  try {
    return gatheredFrom(JSON.parse(await readFile(file, 'utf8')), file);
  } catch (error) {
    return failed(`${file} cannot be read: ${errorText(error)}`);
  }
}

/** What `gatherOperations` has kept; the file is named in what is wrong with it. */
export function gatheredFrom(value: unknown, file: string): Attempt<GatheredTest[]> {
  const isTest = (test: unknown): test is GatheredTest =>
    isRecord(test) && typeof test.id === 'string' && Array.isArray(test.questions);
  return Array.isArray(value) && value.every(isTest)
    ? succeeded(value)
    : failed(`${file} holds nothing that was gathered of operations.`);
}
