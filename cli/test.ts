/** `lockstep test`: explores tests and reports what it found. */

import { resolve } from 'node:path';
import { type ExploreOptions, type ExploreProgress, explore } from '../engine/explore/explore';
import { type Failure, failed } from '../engine/system/attempt';
import type { Finding } from '../protocol/finding';
import { english } from '../protocol/phrase';
import { RACE_MODES, STRATEGY_CHOICES } from '../protocol/settings';
import type { Context, ExitCode, Verb } from './context';
import { COVERAGE_FLAGS, declineCoverage } from './coverage';
import { summarise } from './describe';
import { type Flags, readCount, readSeconds, readSeed, readShard, readWord } from './flags';
import { TEST_REPORT_FLAGS, TEST_REPORT_USAGE } from './reports';
import { tell } from './tell';

const DEFAULT_SECONDS = 30;
const BUDGETS = {
  budget: 'budgetSeconds',
  'test-budget': 'testSeconds',
  'package-budget': 'packageSeconds',
} as const;
const COUNTS = {
  schedules: 'schedules',
  'package-schedules': 'packageSchedules',
  'all-schedules': 'allSchedules',
  workers: 'workers',
} as const;

const BOUNDS = ['schedules', 'package-schedules', 'all-schedules'];

export const test: Verb = {
  name: 'test',
  usage: `test [packages] [--run RE] [--budget 30s] [--test-budget 5s] [--package-budget 20s] [--schedules N] [--package-schedules N] [--all-schedules N] [--until-dry] [--strategy ${STRATEGY_CHOICES.join('|')}] [--seed N] [--fresh] [--workers N] [--race auto|on|off] [--shard I/N] [--tags LIST] [--deps LIST] [--out DIR] ${TEST_REPORT_USAGE}`,
  summary: 'explore the interleavings of tests and report what breaks them',
  flags: {
    ...TEST_REPORT_FLAGS,
    run: 'value',
    budget: 'value',
    'test-budget': 'value',
    'package-budget': 'value',
    schedules: 'value',
    'package-schedules': 'value',
    'all-schedules': 'value',
    strategy: 'value',
    seed: 'value',
    workers: 'value',
    race: 'value',
    shard: 'value',
    tags: 'value',
    deps: 'value',
    out: 'value',
    fresh: 'switch',
    'until-dry': 'switch',
    ...COVERAGE_FLAGS,
  },
  run,
};

async function run(flags: Flags, context: Context): Promise<ExitCode | Failure> {
  const { terminal } = context;
  const options = optionsOf(flags, context);
  if (typeof options === 'string') return failed(options);
  declineCoverage(flags, context);
  const result = await explore({
    ...options,
    onProgress: (progress) => terminal.status(progressLine(progress)),
    onNotice: (sentence) => terminal.complain(sentence),
  });
  if (!result.ok) return result;
  const { document, cancelled, incomplete, seconds } = result.value;
  const { findings, tests, problems } = document;
  for (const test of tests) if (test.problem !== undefined) terminal.complain(test.problem);
  if (cancelled) terminal.complain('cancelled; this is what was found until then');
  const nothing = tests.length === 0 && (problems.length > 0 || cancelled);
  const summary = (all: readonly Finding[]) => (nothing ? '' : summarise(all, tests, seconds.explore));
  const told = { verb: 'test', findings, tests, problems, document, summary, incomplete: cancelled || incomplete };
  return tell(told, flags, context);
}

function optionsOf({ text, switches, positionals }: Flags, context: Context): ExploreOptions | string {
  const explore: ExploreOptions = {
    installation: context.installation,
    directory: context.directory,
    signal: context.signal,
    patterns: positionals.length > 0 ? positionals : ['.'],
    // Where something else bounds each test, time does so only when it is asked for.
    budgetSeconds: BOUNDS.some((flag) => text.has(flag)) || switches.has('until-dry') ? Infinity : DEFAULT_SECONDS,
    untilDry: switches.has('until-dry'),
    run: text.get('run'),
    tags: text.get('tags'),
    dependencies: text.get('deps'),
    ...(switches.has('fresh') ? { fresh: true } : {}),
    out: text.has('out') ? resolve(context.directory, text.get('out') ?? '') : undefined,
  };
  for (const [flag, value] of text) {
    switch (flag) {
      case 'budget':
      case 'test-budget':
      case 'package-budget': {
        const seconds = readSeconds(value);
        if (!seconds.ok) return `--${flag}: ${seconds.problem}`;
        explore[BUDGETS[flag]] = seconds.value;
        break;
      }
      case 'schedules':
      case 'package-schedules':
      case 'all-schedules':
      case 'workers': {
        const count = readCount(flag, value);
        if (!count.ok) return count.problem;
        explore[COUNTS[flag]] = count.value;
        break;
      }
      case 'seed': {
        const seed = readSeed(value);
        if (!seed.ok) return seed.problem;
        explore.seed = seed.value;
        break;
      }
      case 'shard': {
        const shard = readShard(value);
        if (!shard.ok) return shard.problem;
        explore.shard = shard.value;
        break;
      }
      case 'strategy': {
        const strategy = readWord(flag, value, STRATEGY_CHOICES);
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
  return explore;
}

function progressLine(progress: ExploreProgress): string {
  switch (progress.stage) {
    case 'build':
      return `${english(progress.step)} …`;
    case 'explore': {
      const { test, done, tests, schedules, schedulesPerSecond, findings, coverage } = progress;
      const speed = Math.round(schedulesPerSecond).toLocaleString('en');
      const found = findings === 1 ? '1 finding' : `${findings} findings`;
      const seen = coverage ? `, ${coverage.pairs.toLocaleString('en')} pairs of operations` : '';
      return `[${done + 1}/${tests}] ${test}: ${schedules.toLocaleString('en')} schedules, ${speed}/s${seen}, ${found}`;
    }
  }
}
