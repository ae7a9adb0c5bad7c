// Fits core/model/operations to what followed in the programs given: the weights of features, then how much evidence
// counts. Each program counts the same.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fitLogit } from '../../core/model/logit.ts';
import { programOf } from '../../core/model/operations/gathered.ts';
import { fitTrust } from '../../core/model/operations/trust-fit.ts';
import { root } from '../harness.mjs';

/** The penalty was chosen by cross-validation over the programs that it is fitted to. */
const FIT = { rounds: 200, rate: 0.05, penalty: 1e-3 };
/** What is smaller makes no difference. */
const LEAST_WEIGHT = 0.05;
/** A word of fewer programs is of these programs. */
const LEAST_PROGRAMS = 3;

export function fitted(tests) {
  const weights = fittedWeights(tests);
  return { weights, trust: fitTrust(tests, weights) };
}

export function fittedWeights(tests, fit = FIT) {
  const programs = new Map();
  for (const test of tests)
    for (const { candidates } of test.questions)
      for (const { features } of candidates)
        for (const word of features) {
          if (!programs.has(word)) programs.set(word, new Set());
          programs.get(word).add(programOf(test));
        }
  const words = [...programs].filter(([, of]) => of.size >= LEAST_PROGRAMS).map(([word]) => word);
  words.sort();
  const rows = new Map(words.map((word, index) => [word, index]));
  const asked = tests.flatMap(({ questions }) => questions.map((question) => prepared(question, questions, rows)));
  const weights = fitLogit(
    asked.filter(({ target }) => target.length > 1),
    words.length,
    fit,
  );
  return Object.fromEntries(
    words
      .map((word, index) => [word, Number(weights[index].toFixed(2))])
      .filter(([, weight]) => Math.abs(weight) >= LEAST_WEIGHT),
  );
}

function prepared({ candidates, counts }, all, rows) {
  const sum = candidates.reduce((total, { name }) => total + (counts[name] ?? 0), 0) || 1;
  return {
    of: candidates.map(({ features }) => features.flatMap((word) => rows.get(word) ?? [])),
    target: candidates.map(({ name }) => (counts[name] ?? 0) / sum),
    share: 1 / all.length,
  };
}

export function writeFitted({ weights, trust }) {
  const folder = path.join(root, 'core', 'model', 'operations');
  const says = '/** Fitted by bench/next-operation.mjs --fit: what a feature adds to the score of a candidate. */';
  const lines = Object.entries(weights).map(([word, weight]) => `  '${word}': ${weight},`);
  const type = 'export type Weights = Readonly<Record<string, number>>;';
  const text = `${says}\n${type}\n\nexport const WEIGHTS: Weights = {\n${lines.join('\n')}\n};\n`;
  writeFileSync(path.join(folder, 'weights.ts'), text);
  const file = path.join(folder, 'trust.ts');
  const kinds = Object.entries(trust).map(
    ([kind, { strengths, unseen }]) => `  ${kind}: { strengths: [${strengths.join(', ')}], unseen: ${unseen} },`,
  );
  const [before] = readFileSync(file, 'utf8').split('export const TRUST');
  const table = `export const TRUST: Readonly<Record<QuestionKind, Trust>> = {\n${kinds.join('\n')}\n};\n`;
  writeFileSync(file, before + table);
}
