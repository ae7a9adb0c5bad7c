/** Reads what shards of an exploration left, documents of `lockstep test --json` and stores, and unites it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeDocuments } from '../core/report/merge';
import type { TestDocument, TestReport } from '../protocol/finding';
import { findingSeenFrom } from './run/positions';
import { keepCounts, readCounts } from './store/counts';
import { isFinding } from './store/finding-check';
import { copyFinding, readFindings, type Store, storeOf } from './store/store';
import { type Attempt, errorText, failed, succeeded } from './system/attempt';
import { hasFields, isRecord, readJson } from './system/json';

export interface MergeOptions {
  /** Documents and directories of stores. Absolute. */
  inputs: readonly string[];
  /** Files in the documents are relative to this, and in the result. Absolute. */
  directory: string;
  /** Where findings of stores are put, with their schedules and traces. */
  store: Store;
}

/** Fails at the first input that is not what it should be: a result with a part missing would look whole. */
export async function merge({ inputs, directory, store }: MergeOptions): Promise<Attempt<TestDocument>> {
  const documents: TestDocument[] = [];
  const stores: Store[] = [];
  for (const input of inputs) {
    const kind = await stat(input).catch((error: unknown) => errorText(error));
    if (typeof kind === 'string') return failed(`${input} cannot be read: ${kind}`);
    if (kind.isDirectory()) {
      stores.push(storeOf(store.module, input));
      continue;
    }
    const document = await readDocument(input);
    if (!document.ok) return document;
    documents.push(document.value);
  }
  for (const from of stores) {
    const document = await readStore(from, directory);
    if (!document.ok) return document;
    documents.push(document.value);
  }
  for (const from of stores) {
    const kept = await addStore(from, store);
    if (!kept.ok) return kept;
  }
  return succeeded(mergeDocuments(documents));
}

/** A document of `lockstep test --json`, or why the file is none. */
export async function readDocument(path: string): Promise<Attempt<TestDocument>> {
  const read = await readJson(path, false);
  if (!read.ok) return read;
  const { value } = read;
  const foreign = failed(`${path} is not a document of lockstep test --json.`);
  if (!isRecord(value) || !Array.isArray(value.findings) || !Array.isArray(value.problems)) return foreign;
  if (value.version !== 1) {
    const said = typeof value.version === 'number' ? `version ${value.version}` : 'no version';
    return failed(
      `${path} has ${said} of the format, and this Lockstep reads version 1: merge with the Lockstep that wrote it.`,
    );
  }
  if (!Array.isArray(value.tests)) return failed(`${path} has no tests: it is not of lockstep test --json.`);
  const { findings, tests, problems, shard } = value;
  if (!findings.every(isFinding)) return failed(`${path} has a finding that is not valid.`);
  if (!tests.every(isTestReport))
    return failed(`${path} has a test without its counts: it is not of lockstep test --json.`);
  if (!problems.every((problem) => typeof problem === 'string')) return foreign;
  if (shard !== undefined && !isShard(shard)) return failed(`${path} has a shard that is not valid.`);
  return succeeded({ version: 1, findings, tests, problems, ...(shard === undefined ? {} : { shard }) });
}

/** A store says nothing about tests that showed nothing. */
async function readStore(from: Store, directory: string): Promise<Attempt<TestDocument>> {
  const { findings, warnings } = await readFindings(from);
  const isStore = await stat(join(from.directory, 'findings')).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isStore) return failed(`${from.directory} is not a store of Lockstep: it has no findings folder.`);
  const seen = findings.map((finding) => findingSeenFrom(finding, from.module, directory));
  return succeeded({ version: 1, findings: seen, tests: [], problems: warnings });
}

async function addStore(from: Store, to: Store): Promise<Attempt<void>> {
  for (const finding of (await readFindings(from)).findings) {
    const copied = await copyFinding(from, to, finding);
    if (!copied.ok) return copied;
  }
  return keepCounts(to, await readCounts(from));
}

const isTestReport = (value: unknown): value is TestReport =>
  hasFields(value, {
    ...{ package: 'string', test: 'string', schedules: 'number', seconds: 'number' },
    ...{ coverage: 'record', uncontrolled: 'array', findings: 'array' },
  }) && hasFields(value.coverage, { sitesReached: 'number', sites: 'number' });

const isShard = (value: unknown): value is NonNullable<TestDocument['shard']> =>
  isRecord(value) &&
  Number.isSafeInteger(value.index) &&
  Number.isSafeInteger(value.of) &&
  Number(value.index) >= 1 &&
  Number(value.index) <= Number(value.of) &&
  Number(value.of) < 1_000_000;
