// Fits the weights of core/model/operations: the least Kullback-Leibler divergence from what was seen, with a penalty for
// large weights, by Adam (Kingma, Ba, ICLR 2015). Each program counts the same.
const RATE = 0.05;
const ROUNDS = 400;
const PENALTY = 2e-4;
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
  const learnable = asked.filter(({ target }) => target.length > 1);
  const weights = new Float64Array(words.length);
  const first = new Float64Array(words.length);
  const second = new Float64Array(words.length);
  for (let round = 1; round <= ROUNDS; round++) {
    const slope = new Float64Array(words.length);
    let importance = 0;
    for (const { of, target, share } of learnable) {
      const chances = softmax(of.map((indices) => indices.reduce((sum, index) => sum + weights[index], 0)));
      for (const [at, indices] of of.entries())
        for (const index of indices) slope[index] += share * (chances[at] - target[at]);
      importance += share;
    }
    for (let index = 0; index < weights.length; index++) {
      const down = slope[index] / importance + PENALTY * weights[index];
      first[index] = 0.9 * first[index] + 0.1 * down;
      second[index] = 0.999 * second[index] + 0.001 * down * down;
      const rate = (RATE * Math.sqrt(1 - 0.999 ** round)) / (1 - 0.9 ** round);
      weights[index] -= (rate * first[index]) / (Math.sqrt(second[index]) + 1e-8);
    }
  }
  return Object.fromEntries(
    words.map((word, index) => [word, Number(weights[index].toFixed(2))]).filter(([, weight]) => weight !== 0),
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

function softmax(scores) {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
