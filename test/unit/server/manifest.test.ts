// package.json, client and server must agree on settings and commands; protocol/settings.ts is what they agree on.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKS } from '../../../core/static/checks';
import {
  CHECK_SEVERITIES,
  COMMANDS,
  DEFAULT_SETTINGS,
  goSettingsFrom,
  NO_GO_SETTINGS,
  readGoSettings,
  readSettings,
  SECTION,
  SETTING_KEYS,
  STRATEGY_CHOICES,
  TRACE_LANGUAGE,
} from '../../../protocol/settings';
import { withWords } from '../../../scripts/package/words.mjs';

interface Property {
  default: unknown;
  scope?: string;
  enum?: unknown[];
  properties?: Record<string, unknown>;
  additionalProperties?: { enum: unknown[] };
}

interface Manifest {
  contributes: {
    commands: { command: string }[];
    languages: { id: string }[];
    configuration: { title: string; order: number; properties: Record<string, Property & { order: number }> }[];
    views: Record<string, { id: string }[]>;
    walkthroughs: { steps: { description: string; completionEvents: string[]; media: { image: object } }[] }[];
  };
}

const read = (file: string) => JSON.parse(readFileSync(path.join(import.meta.dirname, '../../..', file), 'utf8'));
const manifest: Manifest = withWords(read('package.json'), read('package.nls.json'));
const { commands, languages, configuration: groups, views, walkthroughs } = manifest.contributes;
const configuration = {
  properties: Object.assign({}, ...groups.map(({ properties }) => properties)) as Record<string, Property>,
};

describe('package.json', () => {
  it('has the settings of protocol/settings.ts, with their defaults', () => {
    const declared = Object.entries(configuration.properties).map(([key, property]) => [key, property.default]);
    const expected = Object.entries(SETTING_KEYS).map(([name, key]) => [
      `${SECTION}.${key}`,
      DEFAULT_SETTINGS[name as keyof typeof DEFAULT_SETTINGS],
    ]);
    assert.deepEqual(declared.sort(), expected.sort());
  });

  it('offers the values that are understood', () => {
    assert.deepEqual(configuration.properties['lockstep.explore.strategy']?.enum, STRATEGY_CHOICES);
    assert.deepEqual(configuration.properties['lockstep.checks']?.additionalProperties?.enum, CHECK_SEVERITIES);
    const named = configuration.properties['lockstep.checks']?.properties ?? {};
    assert.deepEqual(Object.keys(named).sort(), CHECKS.map(({ name }) => name as string).sort());
  });

  it('lets no workspace say where source code is sent', () => {
    for (const key of [SETTING_KEYS.modelEndpoint, SETTING_KEYS.modelName])
      assert.equal(configuration.properties[`${SECTION}.${key}`]?.scope, 'machine');
  });

  it('has them in groups, each in an order', () => {
    assert.ok(groups.length > 1);
    for (const [index, { order, properties }] of groups.entries()) {
      assert.equal(order, index + 1);
      const orders = Object.values(properties).map((property) => property.order);
      assert.deepEqual(
        orders,
        orders.map((_, at) => at + 1),
      );
    }
  });

  it('has a walkthrough whose steps end when something has been done that can be done', () => {
    const known = [
      ...commands.map(({ command }) => `onCommand:${command}`),
      // client/walkthrough.ts
      ...['explore', 'replay', 'openTrace', 'debug', 'markIntended'].map((name) => `onContext:${SECTION}.${name}.done`),
      ...Object.values(views).flatMap((list) => list.map(({ id }) => `onView:${id}`)),
    ];
    const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    assert.ok(steps.length >= 6);
    for (const { completionEvents, description, media } of steps) {
      assert.ok(completionEvents.length > 0);
      for (const event of completionEvents) assert.ok(known.includes(event), event);
      assert.match(description, /\n\[[^\]]+\]\(command:[\w.]+\)$/);
      for (const picture of Object.values(media.image))
        assert.ok(existsSync(path.join(import.meta.dirname, '../../..', picture)), picture);
    }
  });

  it('has no command and no setting but those that a suite in a real VS Code is about', () => {
    const folders = ['test/e2e/host', 'test/webview'].map((name) => path.join(import.meta.dirname, '../../..', name));
    const suites = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => readFileSync(path.join(folder, name), 'utf8')),
    );
    const names = [...commands.map(({ command }) => command), ...Object.keys(configuration.properties)];
    const isNamed = (name: string) => new RegExp(`[\\s'".](?:${SECTION}\\.)?${name.slice(SECTION.length + 1)}\\b`);
    assert.deepEqual(
      names.filter((name) => !isNamed(name).test(suites.join('\n'))),
      [],
    );
  });

  it('has the commands of protocol/settings.ts', () => {
    assert.deepEqual(commands.map(({ command }) => command).sort(), Object.values(COMMANDS).sort());
    assert.deepEqual(
      languages.map(({ id }) => id),
      [TRACE_LANGUAGE],
    );
  });
});

describe('settings of the Go extension', () => {
  const read = (settings: Record<string, unknown>) => readGoSettings((key) => settings[key]);

  it('are flags and variables', () => {
    assert.deepEqual(read({}), { environment: {}, flags: [] });
    assert.deepEqual(
      read({
        toolsEnvVars: { GOPRIVATE: 'example.com', PORT: 80 },
        testEnvVars: { MODE: 'test' },
        buildFlags: ['-mod=mod', '-ldflags=-X a=b', '-v', '-args', '-x'],
        buildTags: 'a, b',
      }),
      {
        environment: { GOPRIVATE: 'example.com', MODE: 'test' },
        flags: ['-mod=mod', '-ldflags=-X a=b', '-v', '-tags=a,b'],
      },
    );
    assert.deepEqual(read({ buildFlags: ['-tags', 'x'], testFlags: null }).flags, ['-tags=x']);
    assert.deepEqual(read({ buildFlags: ['-mod=mod'], testFlags: ['-v'], buildTags: 'a', testTags: 'b c' }).flags, [
      '-v',
      '-tags=b,c',
    ]);
    assert.deepEqual(read({ buildTags: 'a', testTags: '' }).flags, []);
  });

  it('are none where they are something else', () => {
    assert.deepEqual(read({ toolsEnvVars: [1], testEnvVars: 'x', buildFlags: 'x', buildTags: 7 }), NO_GO_SETTINGS);
    for (const value of [undefined, null, 7, 'x', [], { environment: 7, flags: {} }])
      assert.deepEqual(goSettingsFrom(value), NO_GO_SETTINGS);
  });
});

describe('settings', () => {
  it('become their defaults where they are wrong', () => {
    assert.deepEqual(
      readSettings(() => undefined),
      DEFAULT_SETTINGS,
    );
    assert.deepEqual(
      readSettings(() => Number.NaN),
      DEFAULT_SETTINGS,
    );
    assert.deepEqual(readSettings((key) => (key === 'checks' ? { a: 'off', b: 'loud', c: 7 } : null)).checks, {
      a: 'off',
    });
    assert.equal(readSettings((key) => (key === 'replay.times' ? -1 : undefined)).replayTimes, 20);
  });
});
