/** The page that explains a kind of finding: what it is, an example, how it is shown, what mends it. Markdown. */
import { FINDING_KINDS, type FindingKind, RUN_KINDS } from '../../protocol/finding';
import type { Check, Example } from '../static/check';
import { CHECKS } from '../static/checks';
import { KIND_TEXTS } from './kinds';

/** Where the page of a kind lies, from the root of the checkout and of the package. */
export const pageOf = (kind: FindingKind): string => `${PAGES}/${kind}.md`;
export const PAGES = 'docs/findings';

/** A test that shows a kind, and the same without the bug. */
export interface RunExample extends Example {
  /** What Lockstep says of it, without positions. */
  shows: string;
  /** What was done about it, in one sentence. */
  how: string;
}

const MENDED = /^\/\/ Mended: (.*)$/mu;

/** The parts of a file that has the wrong test, then a line `// Mended: how`, then the right one. */
export function runExampleIn(text: string, shows: string): RunExample | undefined {
  const mended = MENDED.exec(text);
  if (!mended) return undefined;
  const wrong = text.slice(0, mended.index).replace(/^package \w+\n+/u, '');
  return { wrong: wrong.trim(), right: text.slice(mended.index + mended[0].length).trim(), shows, how: mended[1]! };
}

const isRunKind = (kind: FindingKind): boolean => RUN_KINDS.some((known) => known === kind);

/** `examples`: of the kinds that are found by running. Undefined for one of these without an example. */
export function findingPage(
  kind: FindingKind,
  examples: Readonly<Partial<Record<FindingKind, RunExample>>>,
): string | undefined {
  const check = CHECKS.find(({ name }) => name === kind);
  if (check) return page(kind, 'suspected while you type', staticParts(check));
  const example = examples[kind];
  return example && page(kind, 'found by running a test', runParts(kind, example));
}

function page(kind: FindingKind, how: string, parts: readonly string[]): string {
  const { title, about, cwe } = KIND_TEXTS[kind];
  const weakness = cwe === undefined ? '' : ` · [CWE-${cwe}](https://cwe.mitre.org/data/definitions/${cwe}.html)`;
  const foot = '[All kinds of findings](README.md)';
  return `${[`# ${title}`, `\`${kind}\` · ${how}${weakness}`, about, ...parts, foot].join('\n\n')}\n`;
}

const code = (text: string): string => `\`\`\`go\n${text}\n\`\`\``;

/** `an error`. */
const article = (word: string): string => `${/^[aeiou]/u.test(word) ? 'an' : 'a'} ${word}`;

function staticParts({ name, explanation, examples: [example], examplesGo, severity, wholePackage }: Check): string[] {
  const when = wholePackage ? 'after a pause in typing, over the whole package' : 'while you type';
  return [
    '## Example',
    ...(examplesGo === undefined ? [] : [`In a module whose go.mod says \`go ${examplesGo}\`:`]),
    ...(example ? [code(example.wrong)] : []),
    '## How it is shown',
    `Underlined as ${article(severity)} ${when}; \`lockstep check\` lists it in a terminal. Nothing was run: “Try to make it happen” in the light bulb explores the tests that may get there.`,
    '## How to mend it',
    explanation,
    ...(example ? [code(example.right)] : []),
    `Where it is meant to be so, \`//lockstep:ignore ${name}\` on the line above silences it there, **Mark as Intended** in the Findings view with a reason for everybody, and this in the settings everywhere:`,
    `\`\`\`json\n"lockstep.checks": { "${name}": "off" }\n\`\`\``,
  ];
}

function runParts(kind: FindingKind, { wrong, right, shows, how }: RunExample): string[] {
  const severity = kind === 'goroutine-leak' ? 'warning' : 'error';
  return [
    '## Example',
    code(wrong),
    '## How it is shown',
    `> ${shows}`,
    `The line is underlined as ${article(severity)}, with the other places that take part; the Findings view has the steps that lead there. Its schedule shows it again in every replay, and the trace has every event of the run. What was only predicted is a warning.`,
    '## How to mend it',
    KIND_TEXTS[kind].remedy,
    `Here ${how}`,
    code(right),
  ];
}

/** The list of all pages. */
export function indexPage(): string {
  const rows = (kinds: readonly FindingKind[]): string[] => [
    '| | code | |',
    '|---|---|---|',
    ...[...kinds]
      .sort()
      .map(
        (kind) =>
          `| [${KIND_TEXTS[kind].title}](${kind}.md) | \`${kind}\` | ${KIND_TEXTS[kind].about.replaceAll('|', '\\|')} |`,
      ),
  ];
  const running = FINDING_KINDS.filter(isRunKind);
  const typing = FINDING_KINDS.filter((kind) => !isRunKind(kind));
  return `${[
    '# Kinds of findings',
    'Made by `npm run docs:findings` from what Lockstep itself says of them; the examples are tested.',
    '## Found by running tests',
    rows(running).join('\n'),
    '## Suspected while you type',
    rows(typing).join('\n'),
  ].join('\n\n')}\n`;
}
