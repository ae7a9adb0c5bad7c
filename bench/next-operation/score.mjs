// Tables of docs/next-event.md about operations.

import { SITE_STRENGTH } from '../../core/model/counts.ts';
import { interval, update, weightOf } from '../../core/model/evidence.ts';
import { TRUST } from '../../core/model/operations/model.ts';
import { priorOf } from '../../core/model/operations/prior.ts';
import { WEIGHTS } from '../../core/model/operations/weights.ts';
import { EVIDENCE_RUNS } from './gather.mjs';

/** A program with its corrected twin. */
export const programOf = (id) => id.replace(/\/Test(?:Fixed)?/u, '/');

/** Three eighths of the programs, by their names. */
export const isHeldOut = (program) => hashOf(program) % 8 < 3;

/** FNV-1a, 32 bits. */
export function hashOf(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

const SMOOTHING = 0.5;
const levelsOf = (levels) => levels.map((counts) => (counts ? new Map(Object.entries(counts)) : undefined));
const uniform = ({ candidates }) => candidates.map(() => 1 / candidates.length);

/** The most exact counts alone, half of one more of each. */
function countsAlone(question, runs) {
  const counts = question.levels[runs].findLast((level) => level);
  if (!counts) return uniform(question);
  const times = question.candidates.map(({ name }) => (counts[name] ?? 0) + SMOOTHING);
  const sum = times.reduce((all, one) => all + one, 0);
  return times.map((one) => one / sum);
}

function ours(question, runs, weights) {
  const names = question.candidates.map(({ name }) => name);
  return update(
    priorOf(question.candidates, weights),
    names,
    levelsOf(question.levels[runs]),
    trustIn(question).strengths,
  );
}

const trustIn = ({ kind }) => TRUST[kind] ?? { strengths: [SITE_STRENGTH], unseen: SITE_STRENGTH };

/** Held-out frequencies of the candidates, and how many answers were none of them. */
function truth({ candidates, counts }) {
  const known = candidates.map(({ name }) => counts[name] ?? 0);
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const sum = known.reduce((total, count) => total + count, 0);
  return { shares: known.map((count) => count / Math.max(1, sum)), missed: all - sum, all };
}

const divergence = (shares, chances) =>
  shares.reduce(
    (sum, share, index) => sum + (share > 0 ? share * Math.log(share / Math.max(chances[index], 1e-6)) : 0),
    0,
  );

const BINS = 15;

/** Over all continuations: the share whose likeliest candidate happened, and the calibration of that. */
function measured(questions, chancesOf, widthOf) {
  const bins = Array.from({ length: BINS }, () => ({ weight: 0, sure: 0, right: 0 }));
  let [kl, weight, right, inside, intervals] = [0, 0, 0, 0, 0];
  for (const { question, share } of questions) {
    const chances = chancesOf(question);
    const { shares } = truth(question);
    kl += share * divergence(shares, chances);
    weight += share;
    const sure = Math.max(...chances);
    const hit = shares[chances.indexOf(sure)];
    right += share * hit;
    const bin = bins[Math.min(BINS - 1, Math.floor(sure * BINS))];
    bin.weight += share;
    bin.sure += share * sure;
    bin.right += share * hit;
    if (!widthOf) continue;
    const total = widthOf(question);
    for (const [index, chance] of chances.entries()) {
      const { low, high } = interval(chance, total);
      intervals += share / chances.length;
      if (low <= shares[index] && shares[index] <= high) inside += share / chances.length;
    }
  }
  return {
    kl: kl / weight,
    accuracy: right / weight,
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.sure), 0) / weight,
    coverage: intervals > 0 ? inside / intervals : undefined,
  };
}

const restsOn = (question, runs) => {
  const { strengths, unseen } = trustIn(question);
  const level = question.levels[runs].findLastIndex((counts) => counts);
  const times = level < 0 ? 0 : Object.values(question.levels[runs][level]).reduce((sum, one) => sum + one, 0);
  // What an operation does several times in one run hangs together.
  const seen = question.kind === 'site' ? Math.min(times, EVIDENCE_RUNS[runs]) : times;
  return weightOf({ level, times: seen }, strengths, unseen);
};

const row = (cells) => `| ${cells.join(' | ')} |`;
const percent = (share) => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);
const KINDS = [
  ['turn', 'whose turn comes next'],
  ['outcome', 'what comes of an operation'],
  ['select', '… of a select'],
  ['taker', 'who gets the lock'],
  ['site', 'at a place of the source, over whole runs'],
];

/** Of programs that the model was not fitted to; the leak signature, which is not fitted, of all. */
export function tables(all, weights = WEIGHTS) {
  const results = all.filter(({ heldOut }) => heldOut);
  // Each program counts the same.
  const asked = results.flatMap(({ questions }) => {
    const open = questions.filter(({ candidates }) => candidates.length > 1);
    return open.map((question) => ({ question, share: 1 / open.length }));
  });
  const lines =
    asked.length === 0
      ? []
      : [
          row(['question', 'asked', 'model', 'KL', 'likeliest is right', 'ECE', '95 % intervals that hold']),
          row(['---', '---:', '---', '---:', '---:', '---:', '---:']),
        ];
  for (const [kind, words] of KINDS) {
    const of = asked.filter(
      ({ question }) => question.kind === kind || (question.kind === 'outcome' && question.operation === kind),
    );
    if (of.length === 0) continue;
    const models = [
      ['uniform over what can happen', uniform],
      ...EVIDENCE_RUNS.slice(1).map((runs, index) => [
        `counts of ${runs} alone`,
        (question) => countsAlone(question, index + 1),
      ]),
      ...EVIDENCE_RUNS.map((runs, index) => [
        runs === 0 ? 'ours, from the code' : `ours, ${runs} ${runs === 1 ? 'run' : 'runs'}`,
        (question) => ours(question, index, weights),
        (question) => restsOn(question, index),
      ]),
    ];
    for (const [at, [name, chancesOf, widthOf]] of models.entries()) {
      const { kl, accuracy, ece, coverage } = measured(of, chancesOf, widthOf);
      lines.push(
        row([
          at === 0 ? words : '',
          at === 0 ? of.length.toLocaleString('en') : '',
          name,
          kl.toFixed(3),
          percent(accuracy),
          ece.toFixed(3),
          percent(coverage),
        ]),
      );
    }
  }
  const missed = asked.reduce((sum, { question }) => sum + truth(question).missed, 0);
  const answers = asked.reduce((sum, { question }) => sum + truth(question).all, 0);
  lines.push(
    '',
    `${missed.toLocaleString('en')} of ${answers.toLocaleString('en')} answers were no candidate.`,
    '',
    signature(all),
  );
  return lines.join('\n');
}

/** Who is said to wait for ever, against who does. */
function signature(results) {
  const sum = (name) => results.reduce((all, one) => all + (one.signature?.[name] ?? 0), 0);
  const [said, wrong, stuck, known] = ['said', 'wrong', 'stuck', 'known'].map(sum);
  if (said + stuck === 0) return '';
  const share = (part, whole) =>
    `${whole === 0 ? '–' : percent(part / whole)} (${part.toLocaleString('en')} of ${whole.toLocaleString('en')})`;
  return `The leak signature, over random runs of ${results.filter((one) => one.signature).length} tests: precision ${share(said - wrong, said)} of the waits said to be for ever, recall ${share(known, stuck)} of the goroutines that were blocked when nothing could move any more.`;
}
