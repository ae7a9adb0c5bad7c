/** `lockstep test`: explores tests and reports what it found. */
import { resolve } from 'node:path';
import { type ExploreOptions, type ExploreProgress, explore } from '../engine/explore/explore';
import { RACE_MODES } from '../protocol/settings';
import { type Context, EXIT, type ExitCode, type Verb } from './context';
import { describeFinding, summarise } from './describe';
import { readCount, readFlags, readSeconds, readSeed, readWord } from './flags';

const DEFAULT_SECONDS = 30;

export const test: Verb = {
  name: 'test',
  usage:
    'test [packages] [--run RE] [--budget 30s] [--schedules N] [--strategy auto|random] [--seed N] [--workers N] [--race auto|on|off] [--tags LIST] [--deps LIST] [--out DIR] [--json]',
  summary: 'explore the interleavings of tests and report what breaks them',
  run,
};

async function run(args: string[], context: Context): Promise<ExitCode> {
  const { terminal } = context;
  const options = optionsOf(args, context);
  if (typeof options === 'string') {
    terminal.complain(options);
    return EXIT.failed;
  }
  const result = await explore({
    ...options.explore,
    onProgress: (progress) => terminal.status(progressLine(progress)),
  });
  if (!result.ok) {
    terminal.complain(result.problem);
    return EXIT.failed;
  }
  const { document, cancelled, incomplete, seconds } = result.value;
  for (const problem of document.problems) terminal.complain(problem);
  for (const test of document.tests) if (test.problem !== undefined) terminal.complain(test.problem);
  if (cancelled) terminal.complain('cancelled; this is what was found until then');
  if (options.json) {
    terminal.print(JSON.stringify(document, null, 2));
  } else {
    for (const finding of document.findings) terminal.print(`${await describeFinding(finding, context.directory)}\n`);
    const nothing = document.tests.length === 0 && document.problems.length > 0;
    if (!nothing) terminal.print(summarise(document, seconds.explore));
  }
  if (document.findings.length > 0) return EXIT.found;
  return cancelled || incomplete ? EXIT.failed : EXIT.clean;
}

function optionsOf(args: string[], context: Context): { explore: ExploreOptions; json: boolean } | string {
  const flags = readFlags(args, {
    run: 'value',
    budget: 'value',
    schedules: 'value',
    strategy: 'value',
    seed: 'value',
    workers: 'value',
    race: 'value',
    tags: 'value',
    deps: 'value',
    out: 'value',
    json: 'switch',
    cover: 'switch',
  });
  if (!flags.ok) return flags.problem;
  const { text, switches, positionals } = flags.value;
  if (switches.has('cover')) return '--cover cannot be used here: Go drops instrumentation from builds with coverage';
  const explore: ExploreOptions = {
    installation: context.installation,
    directory: context.directory,
    signal: context.signal,
    patterns: positionals.length > 0 ? positionals : ['.'],
    budgetSeconds: DEFAULT_SECONDS,
    run: text.get('run'),
    tags: text.get('tags'),
    dependencies: text.get('deps'),
    out: text.has('out') ? resolve(context.directory, text.get('out') ?? '') : undefined,
  };
  for (const [flag, value] of text) {
    switch (flag) {
      case 'budget': {
        const seconds = readSeconds(value);
        if (!seconds.ok) return `--budget: ${seconds.problem}`;
        explore.budgetSeconds = seconds.value;
        break;
      }
      case 'schedules':
      case 'workers': {
        const count = readCount(flag, value);
        if (!count.ok) return count.problem;
        explore[flag] = count.value;
        break;
      }
      case 'seed': {
        const seed = readSeed(value);
        if (!seed.ok) return seed.problem;
        explore.seed = seed.value;
        break;
      }
      case 'strategy': {
        const strategy = readWord(flag, value, ['auto', 'random']);
        if (!strategy.ok) return strategy.problem;
        explore.strategy = strategy.value;
        break;
      }
      case 'race': {
        const race = readWord(flag, value, RACE_MODES);
        if (!race.ok) return race.problem;
        explore.race = race.value;
        break;
      }
    }
  }
  return { explore, json: switches.has('json') };
}

function progressLine(progress: ExploreProgress): string {
  switch (progress.stage) {
    case 'build':
      return `${progress.step} …`;
    case 'explore': {
      const { test, done, tests, schedules, schedulesPerSecond, findings } = progress;
      const speed = Math.round(schedulesPerSecond).toLocaleString('en');
      const found = findings === 1 ? '1 finding' : `${findings} findings`;
      return `[${done + 1}/${tests}] ${test}: ${schedules.toLocaleString('en')} schedules, ${speed}/s, ${found}`;
    }
  }
}
