/** `lockstep bench goker`: how Lockstep does on the kernels of GoBench, a benchmark of real Go concurrency bugs. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { benchGoker, type GokerOptions } from '../engine/benchmark/goker-bench';
import { errorCode, type Failure, failed } from '../engine/system/attempt';
import { writeAtomically, writeProblem } from '../engine/system/files';
import type { GokerKernel } from '../protocol/benchmark';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { type Flags, readSeconds, readSeed } from './flags';
import { gokerMarkdown, gokerText, isSolved } from './goker-table';
import { withMarked } from './marked';

const DEFAULT_SECONDS = 30;

export const bench: Verb = {
  name: 'bench',
  usage: 'bench goker --dir DIR [--only ID,…] [--budget 30s] [--seed N] [--markdown FILE] [--json]',
  summary: 'find the bugs of GoBench in a checkout that you have; exit code 1: not all were found and replayed',
  flags: { dir: 'value', only: 'value', budget: 'value', seed: 'value', markdown: 'value', json: 'switch' },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal } = context;
  const options = optionsOf(flags, context);
  if (typeof options === 'string') return failed(options);
  const { markdown, json, command, goker } = options;
  const result = await benchGoker({
    ...goker,
    onProgress: (step) => terminal.status(`${step} …`),
    onKernel: (kernel, done, of) => terminal.status(`[${done}/${of}] ${progressOf(kernel)}`, true),
  });
  if (!result.ok) return result;
  const document = result.value;
  for (const problem of document.problems) terminal.complain(problem);
  for (const { id, problem } of document.kernels) {
    if (problem !== undefined && !document.problems.includes(problem)) terminal.complain(`${id}: ${problem}`);
  }
  if (markdown !== undefined && !document.cancelled) {
    try {
      const table = gokerMarkdown(document, command);
      await writeAtomically(markdown, withMarked(await textOf(markdown), 'lockstep bench goker', table));
    } catch (error) {
      return failed(writeProblem(markdown, error));
    }
  }
  terminal.print(json ? JSON.stringify(document, null, 2) : gokerText(document));
  if (document.cancelled) terminal.complain('cancelled; these are the kernels explored until then');
  if (document.cancelled || document.problems.length > 0) return EXIT.failed;
  return document.kernels.every(isSolved) ? EXIT.clean : EXIT.found;
}

interface Options {
  goker: GokerOptions;
  markdown?: string;
  json: boolean;
  /** As the user typed it, without what belongs to their machine. */
  command: string;
}

function optionsOf({ text, switches, positionals }: Flags, context: Context): Options | string {
  if (positionals.length !== 1 || positionals[0] !== 'goker') return 'say what to run: lockstep bench goker --dir DIR';
  const directory = text.get('dir');
  if (directory === undefined) return 'say where your checkout of GoBench is: lockstep bench goker --dir DIR';
  const budget = readSeconds(text.get('budget') ?? `${DEFAULT_SECONDS}`);
  if (!budget.ok) return `--budget: ${budget.problem}`;
  const goker: GokerOptions = {
    installation: context.installation,
    directory: resolve(context.directory, directory),
    budgetSeconds: budget.value,
    only: text
      .get('only')
      ?.split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
    signal: context.signal,
  };
  const seed = text.get('seed');
  if (seed !== undefined) {
    const read = readSeed(seed);
    if (!read.ok) return read.problem;
    goker.seed = read.value;
  }
  const shown = ['only', 'budget', 'seed'].flatMap((flag) => (text.has(flag) ? [`--${flag} ${text.get(flag)}`] : []));
  return {
    goker,
    markdown: text.has('markdown') ? resolve(context.directory, text.get('markdown') ?? '') : undefined,
    json: switches.has('json'),
    command: ['lockstep bench goker --dir DIR', ...shown].join(' '),
  };
}

function progressOf({ id, found, kind, site, seconds }: GokerKernel): string {
  return found
    ? `${id}: ${kind} at ${site} after ${seconds.toFixed(2)} s`
    : `${id}: nothing in ${seconds.toFixed(1)} s`;
}

/** The file's text, empty when there is none yet. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
