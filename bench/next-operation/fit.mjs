// Fits core/model/operations to what followed in the programs given: the weights of features, then how much evidence
// counts. Each program counts the same.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fitLogit } from '../../core/model/logit.ts';
import { hashOf, programOf } from '../../core/model/operations/gathered.ts';
import { fitTrust } from '../../core/model/operations/trust-fit.ts';
import { root } from '../harness.mjs';

/** The penalty was chosen by cross-validation over the programs that it is fitted to. */
const FIT = { rounds: 200, rate: 0.05, penalty: 5e-3 };
/** How much evidence counts is fitted to programs that weights have not been fitted to. */
const FOLDS = 4;
/** What is smaller makes no difference. */
const LEAST_WEIGHT = 0.05;
/** A word of fewer programs is of these programs. */
const LEAST_PROGRAMS = 3;

export function fitted(tests) {
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const own = tests.filter((test) => foldOf(test) === fold);
    return { tests: own, weights: fittedWeights(tests.filter((test) => foldOf(test) !== fold)) };
  });
  return { weights: fittedWeights(tests), trust: fitTrust(folds) };
}

/** A program with its twin, by other bits of its name than those that hold it out. */
const foldOf = (test) => (hashOf(programOf(test)) >>> 8) % FOLDS;

/** Each kind of question by itself: their features have no word in common. */
export function fittedWeights(tests, fit = FIT) {
  const kinds = new Set(tests.flatMap(({ questions }) => questions.map(({ kind }) => kind)));
  const weights = [...kinds].flatMap((kind) => {
    const own = tests.map((test) => ({ ...test, questions: test.questions.filter((one) => one.kind === kind) }));
    return weightsOf(own, fit);
  });
  return Object.fromEntries(weights.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function weightsOf(tests, fit) {
  const programs = new Map();
  for (const test of tests)
    for (const { candidates } of test.questions)
      for (const { features } of candidates)
        for (const word of features) {
          if (!programs.has(word)) programs.set(word, new Set());
          programs.get(word).add(programOf(test));
        }
  const words = [...programs].filter(([, of]) => of.size >= LEAST_PROGRAMS).map(([word]) => word);
  const rows = new Map(words.map((word, index) => [word, index]));
  const asked = tests.flatMap(({ questions }) => questions.map((question) => prepared(question, questions, rows)));
  const weights = fitLogit(
    asked.filter(({ target }) => target.length > 1),
    words.length,
    fit,
  );
  return words
    .map((word, index) => [word, Number(weights[index].toFixed(2))])
    .filter(([, weight]) => Math.abs(weight) >= LEAST_WEIGHT);
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
    ([kind, { strengths, worth }]) =>
      `  ${kind}: { strengths: [${strengths.join(', ')}], worth: [${worth.join(', ')}] },`,
  );
  const [before] = readFileSync(file, 'utf8').split('export const TRUST');
  const table = `export const TRUST: Readonly<Record<TrustKind, Trust>> = {\n${kinds.join('\n')}\n};\n`;
  writeFileSync(file, before + table);
}
