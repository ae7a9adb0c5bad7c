/** Settings, commands and names that package.json, client and server must agree on. */

export const SECTION = 'lockstep';

export type CheckSeverity = 'off' | 'hint' | 'information' | 'warning' | 'error';
export const CHECK_SEVERITIES: readonly CheckSeverity[] = ['off', 'hint', 'information', 'warning', 'error'];

/** What makes the schedules, as users name it: strategies of protocol/run.ts, or what is best at the time. */
export const STRATEGY_CHOICES = [
  'auto',
  'random',
  'pct',
  'pos',
  'surw',
  'bounded',
  'gopie',
  'reversal',
  'dpor',
  'steer',
] as const;
export type StrategyChoice = (typeof STRATEGY_CHOICES)[number];

/** Whether Go's race detector judges the runs of an exploration. */
export type RaceMode = 'auto' | 'on' | 'off';
export const RACE_MODES: readonly RaceMode[] = ['auto', 'on', 'off'];

/** What drives the debugger: the Go extension's debug type where it is installed, or Lockstep's own. */
export type DebugAdapterChoice = 'auto' | 'go' | 'lockstep';
export const DEBUG_ADAPTERS: readonly DebugAdapterChoice[] = ['auto', 'go', 'lockstep'];

/** Debug types, as package.json and the Go extension contribute them. */
export const DEBUG_TYPE = 'lockstep-go';
export const GO_DEBUG_TYPE = 'go';

/** How to add a setting: here, in DEFAULT_SETTINGS, in package.json (test/unit/server compares them), in docs/. */
export interface Settings {
  /** lockstep.go.path: the go command; empty: the one on the PATH. A workspace that is not trusted cannot set it. */
  goPath: string;
  /** lockstep.explore.seconds: wall time of one exploration. */
  exploreSeconds: number;
  /** lockstep.explore.schedules: bound on the schedules; 0: only time bounds it. */
  exploreSchedules: number;
  /** lockstep.explore.strategy. */
  exploreStrategy: StrategyChoice;
  /** lockstep.explore.race. */
  exploreRace: RaceMode;
  /** lockstep.explore.workers: test processes at once; 0: one less than there are cores. */
  exploreWorkers: number;
  /** lockstep.explore.dependencies: patterns of packages of other modules to control too. */
  exploreDependencies: string[];
  /** lockstep.replay.times: how often a replay runs. */
  replayTimes: number;
  /** lockstep.debug.adapter. */
  debugAdapter: DebugAdapterChoice;
  /** lockstep.checks: severity of each static check, by its code; a check that is not named keeps its own. */
  checks: Record<string, CheckSeverity>;
  /** lockstep.intended: why a finding, by its id, is as it should be. Such a one is no problem. */
  intended: Record<string, string>;
  /** lockstep.codeLens.enabled. */
  codeLens: boolean;
  /** lockstep.hover.enabled. */
  hover: boolean;
  /** lockstep.model.endpoint: address on this machine of a language model that hovers ask too; empty: none. No workspace can set it. */
  modelEndpoint: string;
  /** lockstep.model.name: of the endpoint's models; empty: the first that it lists. */
  modelName: string;
  /** lockstep.inlayHints.enabled: the likeliest outcome behind operations. */
  inlayHints: boolean;
  /** lockstep.highlight.enabled: operations on goroutines, channels and locks are marked in the source. */
  highlight: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  goPath: '',
  exploreSeconds: 20,
  exploreSchedules: 0,
  exploreStrategy: 'auto',
  exploreRace: 'auto',
  exploreWorkers: 0,
  exploreDependencies: [],
  replayTimes: 20,
  debugAdapter: 'auto',
  checks: {},
  intended: {},
  codeLens: true,
  hover: true,
  modelEndpoint: '',
  modelName: '',
  inlayHints: false,
  highlight: true,
};

/** Where each setting stands in package.json, under `lockstep.`. */
export const SETTING_KEYS: Record<keyof Settings, string> = {
  goPath: 'go.path',
  exploreSeconds: 'explore.seconds',
  exploreSchedules: 'explore.schedules',
  exploreStrategy: 'explore.strategy',
  exploreRace: 'explore.race',
  exploreWorkers: 'explore.workers',
  exploreDependencies: 'explore.dependencies',
  replayTimes: 'replay.times',
  debugAdapter: 'debug.adapter',
  checks: 'checks',
  intended: 'intended',
  codeLens: 'codeLens.enabled',
  hover: 'hover.enabled',
  modelEndpoint: 'model.endpoint',
  modelName: 'model.name',
  inlayHints: 'inlayHints.enabled',
  highlight: 'highlight.enabled',
};

/**
 * Settings as a user may have written them, made safe: what has the wrong type or is out of bounds becomes
 * its default. `read` gives the value under a key of SETTING_KEYS.
 */
export function readSettings(read: (key: string) => unknown): Settings {
  const defaults = DEFAULT_SETTINGS;
  const value = (name: keyof Settings) => read(SETTING_KEYS[name]);
  return {
    goPath: text(value('goPath'), defaults.goPath),
    exploreSeconds: number(value('exploreSeconds'), defaults.exploreSeconds, 1, 86_400),
    exploreSchedules: number(value('exploreSchedules'), defaults.exploreSchedules, 0, 1e9),
    exploreStrategy: oneOf(value('exploreStrategy'), STRATEGY_CHOICES, defaults.exploreStrategy),
    exploreRace: oneOf(value('exploreRace'), RACE_MODES, defaults.exploreRace),
    exploreWorkers: number(value('exploreWorkers'), defaults.exploreWorkers, 0, 256),
    exploreDependencies: texts(value('exploreDependencies')),
    replayTimes: number(value('replayTimes'), defaults.replayTimes, 1, 10_000),
    debugAdapter: oneOf(value('debugAdapter'), DEBUG_ADAPTERS, defaults.debugAdapter),
    checks: severities(value('checks')),
    intended: wordsIn(value('intended')),
    codeLens: flag(value('codeLens'), defaults.codeLens),
    hover: flag(value('hover'), defaults.hover),
    modelEndpoint: text(value('modelEndpoint'), defaults.modelEndpoint).trim(),
    modelName: text(value('modelName'), defaults.modelName).trim(),
    inlayHints: flag(value('inlayHints'), defaults.inlayHints),
    highlight: flag(value('highlight'), defaults.highlight),
  };
}

/** Settings as they come by message: made safe in the same way. */
export function settingsFrom(value: unknown): Settings {
  if (typeof value !== 'object' || value === null) return DEFAULT_SETTINGS;
  const names = new Map(Object.entries(SETTING_KEYS).map(([name, key]) => [key, name]));
  return readSettings((key) => Reflect.get(value, names.get(key) ?? ''));
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string' && one.trim() !== '') : [];
}

function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}

function number(value: unknown, otherwise: number, least: number, most: number): number {
  return typeof value === 'number' && value >= least && value <= most ? value : otherwise;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((one) => one === value) ?? otherwise;
}

/** An object's members that are texts. */
function wordsIn(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, reason]) => typeof reason === 'string'));
}

function severities(value: unknown): Record<string, CheckSeverity> {
  if (typeof value !== 'object' || value === null) return {};
  const named: Record<string, CheckSeverity> = {};
  for (const [code, severity] of Object.entries(value)) {
    const known = CHECK_SEVERITIES.find((one) => one === severity);
    if (known !== undefined) named[code] = known;
  }
  return named;
}

/** What the settings of the Go extension say about tests; they count without the extension as well. */
export interface GoSettings {
  /** go.toolsEnvVars and go.testEnvVars. */
  environment: Record<string, string>;
  /** go.testFlags, or go.buildFlags where that is not set, then go.testTags or go.buildTags; each a whole flag. */
  flags: string[];
}

export const GO_SECTION = 'go';

/** `read` gives the value under a key of the section `go`. What has the wrong type is left out. */
export function readGoSettings(read: (key: string) => unknown): GoSettings {
  const testFlags = read('testFlags');
  const testTags = read('testTags');
  const tags = typeof testTags === 'string' ? testTags : text(read('buildTags'), '');
  const flags = wholeFlags(texts(Array.isArray(testFlags) ? testFlags : read('buildFlags')));
  const named = tags.split(/[\s,]+/u).filter((tag) => tag !== '');
  return {
    environment: { ...wordsIn(read('toolsEnvVars')), ...wordsIn(read('testEnvVars')) },
    flags: named.length > 0 ? [...flags, `-tags=${named.join(',')}`] : flags,
  };
}

export const NO_GO_SETTINGS: GoSettings = { environment: {}, flags: [] };

/** As they came from the client; none where that is something else. */
export function goSettingsFrom(value: unknown): GoSettings {
  if (typeof value !== 'object' || value === null) return NO_GO_SETTINGS;
  return { environment: wordsIn(Reflect.get(value, 'environment')), flags: texts(Reflect.get(value, 'flags')) };
}

/** What is set for the window, and what for each folder of the workspace. A file has the settings of its folder. */
export interface AllSettings extends FolderSettings {
  folders: ({ uri: string } & FolderSettings)[];
}

export interface FolderSettings {
  settings: Settings;
  go: GoSettings;
}

/** As they came from the client, made safe. */
export function allSettingsFrom(value: unknown): AllSettings {
  const { folders } = typeof value === 'object' && value !== null && 'folders' in value ? value : { folders: [] };
  return {
    ...folderSettingsFrom(value),
    folders: (Array.isArray(folders) ? folders : []).flatMap((one: unknown) =>
      typeof one === 'object' && one !== null && 'uri' in one && typeof one.uri === 'string'
        ? [{ uri: one.uri, ...folderSettingsFrom(one) }]
        : [],
    ),
  };
}

function folderSettingsFrom(value: unknown): FolderSettings {
  if (typeof value !== 'object' || value === null) return { settings: DEFAULT_SETTINGS, go: NO_GO_SETTINGS };
  return {
    settings: settingsFrom(Reflect.get(value, 'settings')),
    go: goSettingsFrom(Reflect.get(value, 'go')),
  };
}

/** `-tags`, `x` → `-tags=x`. What belongs to the test itself comes behind -args. */
function wholeFlags(words: readonly string[]): string[] {
  const flags: string[] = [];
  for (const word of words.map((one) => one.trim())) {
    if (/^--?args$/u.test(word)) break;
    if (word.startsWith('-')) flags.push(word);
    else if (flags.length > 0 && !flags.at(-1)!.includes('=')) flags.push(`${flags.pop()}=${word}`);
  }
  return flags;
}

/** Commands. The client registers all of them; CodeLenses, hovers and code actions of the server name them. */
export const COMMANDS = {
  /** [TestReference] or nothing: the test at the cursor. */
  explore: 'lockstep.explore',
  /** [FindingReference] or nothing: the finding at the cursor, or a choice. */
  replay: 'lockstep.replay',
  /** [FindingReference] or nothing: the same, under a debugger. */
  debug: 'lockstep.debug',
  /** [Suspicion]: explore the tests that may show what a static check suspects. */
  tryToShow: 'lockstep.tryToShow',
  /** [FindingReference] or nothing: the finding at the cursor, or a choice. */
  minimise: 'lockstep.minimise',
  openTrace: 'lockstep.openTrace',
  openTraceText: 'lockstep.openTraceText',
  /** [FindingReference] or an item of the Findings view, each of these. */
  markIntended: 'lockstep.markIntended',
  unmarkIntended: 'lockstep.unmarkIntended',
  copyMarkdown: 'lockstep.copyMarkdown',
  checkAgain: 'lockstep.checkAgain',
  checkStaleAgain: 'lockstep.checkStaleAgain',
  /** [FindingKind] or an item of the Findings view: the page that explains the kind. */
  explain: 'lockstep.explain',
  /** [{ format, uri }] or nothing: asks for a file. */
  exportFindings: 'lockstep.exportFindings',
  groupByKind: 'lockstep.groupByKind',
  groupByFile: 'lockstep.groupByFile',
  /** Nothing, or { stay: true } to leave the window as it is. */
  openExample: 'lockstep.openExample',
  showOutput: 'lockstep.showOutput',
  restartServer: 'lockstep.restartServer',
} as const;

/** Wall seconds that a search for a smaller schedule may take. */
export const MINIMISE_SECONDS = 60;

/** The store's folder at a module root. */
export const STORE_FOLDER = '.lockstep';

/** `source` of every diagnostic. */
export const DIAGNOSTIC_SOURCE = 'lockstep';

/** Language id of the textual trace. */
export const TRACE_LANGUAGE = 'lockstep-trace';
