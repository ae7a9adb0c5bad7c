// Fits the weights of core/model/operations to what followed in the programs given. Each program counts the same.
import { fitLogit } from '../../core/model/logit.ts';

/** The penalty was chosen by cross-validation over the programs that it is fitted to. */
const FIT = { rounds: 200, rate: 0.05, penalty: 1e-3 };
/** What is smaller makes no difference. */
const LEAST_WEIGHT = 0.05;
/** A word of fewer programs is of these programs. */
const LEAST_PROGRAMS = 3;

export function fitted(results) {
  const programs = new Map();
  for (const { program, questions } of results)
    for (const { candidates } of questions)
      for (const { features } of candidates)
        for (const word of features) {
          if (!programs.has(word)) programs.set(word, new Set());
          programs.get(word).add(program);
        }
  const words = [...programs].filter(([, of]) => of.size >= LEAST_PROGRAMS).map(([word]) => word);
  words.sort();
  const rows = new Map(words.map((word, index) => [word, index]));
  const asked = results.flatMap(({ questions }) => questions.map((question) => prepared(question, questions, rows)));
  const weights = fitLogit(
    asked.filter(({ target }) => target.length > 1),
    words.length,
    FIT,
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
