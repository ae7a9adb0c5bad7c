/** What is predicted of operations, as the tables of docs/next-event.md. */
import type { OperationMeasures, OperationScores } from '../core/model/operations/score';

const KINDS: Readonly<Record<string, string>> = {
  turn: 'whose turn comes next',
  outcome: 'what comes of an operation',
  select: '… of a select',
  taker: 'who gets the lock',
  site: 'at a place of the source, over whole runs',
};

export function operationsTable({ questions, answers, missed, signature }: OperationScores): string {
  const lines =
    questions.length === 0
      ? []
      : [
          row(['question', 'asked', 'model', 'KL', 'likeliest is right', 'ECE', '95 % intervals that hold']),
          row(['---', '---:', '---', '---:', '---:', '---:', '---:']),
        ];
  for (const { kind, asked, models } of questions) {
    for (const [at, [name, measures]] of Object.entries(models).entries()) {
      const about = at === 0 ? [KINDS[kind] ?? kind, number(asked)] : ['', ''];
      lines.push(row([...about, modelName(name), ...cells(measures)]));
    }
  }
  lines.push('', `${number(missed)} of ${number(answers)} answers were no candidate.`, '', signed(signature));
  return `${lines.join('\n')}\n`;
}

const cells = ({ kl, accuracy, ece, coverage }: OperationMeasures): string[] => [
  kl.toFixed(3),
  percent(accuracy),
  ece.toFixed(3),
  coverage === undefined ? '–' : percent(coverage),
];

function modelName(name: string): string {
  const [kind, runs] = name.split('-');
  if (kind === 'uniform') return 'uniform over what can happen';
  if (kind === 'counts') return `counts of ${runs} alone`;
  return runs === '0' ? 'ours, from the code' : `ours, ${runs} ${runs === '1' ? 'run' : 'runs'}`;
}

/** Who is said to wait for ever, against who does. */
function signed({ tests, said, wrong, stuck, known }: OperationScores['signature']): string {
  const share = (part: number, whole: number): string =>
    `${whole === 0 ? '–' : percent(part / whole)} (${number(part)} of ${number(whole)})`;
  return `The leak signature, over random runs of ${number(tests)} tests: precision ${share(said - wrong, said)} of the waits said to be for ever, recall ${share(known, stuck)} of the goroutines that were blocked when nothing could move any more.`;
}

const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const number = (value: number): string => value.toLocaleString('en');
