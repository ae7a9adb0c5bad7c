// What has been measured, as Markdown.
import { nameOf } from './fetch.mjs';
import { readResult } from './results.mjs';

const NOTHING = '–';

export function table(dir, modules) {
  const rows = modules.map((module) => {
    const of = (stage) => readResult(dir, { name: nameOf(module) }, stage);
    return { ...module, build: of('build'), record: of('record'), control: of('control') };
  });
  return [
    heading(['module', 'packages', 'files', 'built', 'go build, s', 'rewrite, s', 'instrumented, s', 'left as it is']),
    ...rows.map(({ module, version, build }) =>
      line([
        `${module} ${version}`,
        build?.packages,
        build?.files,
        build?.packages === undefined ? undefined : `${build.instrumented} of ${build.native}`,
        build?.seconds?.native,
        build?.seconds?.rewrite,
        build?.seconds?.instrumented,
        build?.uncontrolled,
      ]),
    ),
    '',
    heading([
      'module',
      'packages',
      'test functions',
      'tests and subtests',
      'flaky',
      'alike, plain',
      'alike, recorded',
      'native, s',
      'plain, s',
      'recorded, s',
    ]),
    ...rows
      .filter(({ record }) => record)
      .map(({ module, build, record: { packages, taken, topLevel, tests, flaky, plain, record, seconds } }) =>
        line([
          module,
          share(packages, build?.packages ?? packages),
          share(taken, topLevel),
          tests,
          flaky,
          plain,
          record,
          seconds.native,
          seconds.plain,
          seconds.record,
        ]),
      ),
    '',
    heading(['module', 'packages', 'tests', 'finished', 'named', 'not told', 'schedules', 'findings']),
    ...rows
      .filter(({ control }) => control)
      .map(({ module, build, control: { packages, tests, of, finished, named, schedules, findings } }) =>
        line([
          module,
          share(packages, build?.packages ?? packages),
          share(tests, of),
          finished,
          named,
          tests - finished - named,
          schedules,
          kinds(findings),
        ]),
      ),
    '',
    ...rows.flatMap(notes),
  ].join('\n');
}

const share = (taken, all) => (taken === all ? (all ?? 'all') : `${taken} of ${all}`);
const line = (cells) => `| ${cells.map((cell) => cell ?? NOTHING).join(' | ')} |`;
const heading = (cells) => `${line(cells)}\n|${'---|'.repeat(cells.length)}`;

function kinds(findings) {
  const counts = {};
  for (const { kind, verdict } of findings) {
    const name = verdict === 'confirmed' ? kind : `${kind} (${verdict})`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

/** What was not as it should be, module by module. */
function notes({ module, build, record, control }) {
  const sentences = [
    ...(build?.problems ?? []),
    ...(build?.degraded ?? []),
    ...(record?.problems ?? []),
    ...(record?.differences ?? []),
    ...(control?.problems ?? []),
    ...(control?.reasons ?? []),
  ];
  return sentences.length === 0 ? [] : [`**${module}**`, '', ...sentences.map((one) => `- ${one}`), ''];
}
