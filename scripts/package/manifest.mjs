// What package.json says has to be so: files that it names are in the package, and what refers to something finds it.
// vsce and VS Code look at the form only; a menu of a command that is not there is silently no menu.
import { keysIn, withWords } from './words.mjs';

/** Not ours to contribute. */
const BUILT_IN = /^(workbench|vscode|editor|markdown|git|testing|notebook)\./;
const BUILT_IN_CONTAINERS = ['explorer', 'scm', 'debug', 'test', 'extensions', 'panel'];

/** One sentence for each thing that is wrong. `entries`: the package's files, by archive.mjs. */
export function manifestProblems(written, entries) {
  const words = JSON.parse(entries.get('package.nls.json')?.read().toString('utf8') ?? '{}');
  const manifest = withWords(written, words);
  const problems = [];
  const contributes = manifest.contributes ?? {};
  const expect = (right, sentence) => {
    if (!right) problems.push(`package.json: ${sentence}`);
  };

  for (const file of filesOf(manifest)) expect(entries.has(file.replace(/^\.\//, '')), `${file} is not in the package`);

  const commands = contributes.commands ?? [];
  const known = new Set(commands.map(({ command }) => command));
  expect(known.size === commands.length, 'a command is declared twice');
  for (const { command, title, category } of commands)
    expect(title && category, `${command} lacks a title or category`);
  for (const [command, from] of commandsIn(contributes)) {
    expect(known.has(command) || BUILT_IN.test(command), `${from} names the command ${command}, which is not there`);
  }

  const views = new Set(Object.values(contributes.views ?? {}).flatMap((list) => list.map(({ id }) => id)));
  const containers = Object.values(contributes.viewsContainers ?? {}).flatMap((list) => list.map(({ id }) => id));
  for (const container of Object.keys(contributes.views ?? {})) {
    expect(
      [...containers, ...BUILT_IN_CONTAINERS].includes(container),
      `views are in ${container}, which is not there`,
    );
  }
  for (const [view, from] of viewsIn(contributes)) {
    expect(views.has(view), `${from} names the view ${view}, which is not there`);
  }

  for (const { properties = {} } of [contributes.configuration ?? {}].flat()) {
    for (const [key, setting] of Object.entries(properties)) {
      const described = setting.description ?? setting.markdownDescription;
      expect(described && setting.type && 'default' in setting, `${key} lacks a description, type or default`);
      if (setting.enum && setting.enumDescriptions) {
        expect(setting.enum.length === setting.enumDescriptions.length, `${key} does not describe each of its values`);
      }
    }
  }

  const used = new Set(keysIn(written));
  for (const key of used) expect(key in words, `%${key}% is not in package.nls.json`);
  for (const key of Object.keys(words)) expect(used.has(key), `package.nls.json has ${key}, which nothing uses`);
  return problems;
}

/** Files of the extension that the manifest names. */
function filesOf({ main, icon, contributes = {} }) {
  const icons = ({ icon }) => (typeof icon === 'string' ? [icon] : Object.values(icon ?? {}));
  const lists = (name) => Object.values(contributes[name] ?? {}).flat();
  const steps = (contributes.walkthroughs ?? []).flatMap((walkthrough) => walkthrough.steps);
  const files = [
    ...[main, icon],
    ...(contributes.grammars ?? []).map(({ path }) => path),
    ...(contributes.languages ?? []).map(({ configuration }) => configuration),
    ...[...lists('viewsContainers'), ...lists('views'), ...(contributes.languages ?? [])].flatMap(icons),
    ...(contributes.commands ?? []).flatMap(icons),
    ...steps.flatMap(({ media = {} }) => [media.markdown, media.svg, ...[media.image ?? []].flatMap(Object.values)]),
  ];
  return files.filter((file) => typeof file === 'string' && !file.startsWith('$(') && !/[{*]/.test(file));
}

/** Commands that something refers to, with what does. */
function commandsIn({ menus = {}, keybindings = [], viewsWelcome = [], walkthroughs = [] }) {
  const linked = (text, from) =>
    [...String(text).matchAll(/\(command:([\w.]+)/g)].map(([, command]) => [command, from]);
  const steps = walkthroughs.flatMap(({ steps }) => steps);
  return [
    ...Object.entries(menus).flatMap(([menu, items]) =>
      items.flatMap(({ command }) => (command === undefined ? [] : [[command, `the menu ${menu}`]])),
    ),
    ...keybindings.map(({ command, key }) => [command, `the key ${key}`]),
    ...viewsWelcome.flatMap(({ view, contents }) => linked(contents, `the welcome of ${view}`)),
    ...steps.flatMap(({ id, description, completionEvents = [] }) => [
      ...linked(description, `the step ${id}`),
      ...completionEvents.flatMap((event) => {
        const command = /^onCommand:(.+)$/.exec(event)?.[1];
        return command === undefined ? [] : [[command, `the step ${id}`]];
      }),
    ]),
  ];
}

/** Views that something refers to, with what does. */
function viewsIn({ menus = {}, viewsWelcome = [] }) {
  const whens = Object.entries(menus).flatMap(([menu, items]) =>
    items.map(({ when = '' }) => [when, `the menu ${menu}`]),
  );
  return [
    ...viewsWelcome.map(({ view }) => [view, 'a welcome']),
    ...whens.flatMap(([when, from]) => [...when.matchAll(/\bview == ([\w.]+)/g)].map(([, view]) => [view, from])),
  ];
}
