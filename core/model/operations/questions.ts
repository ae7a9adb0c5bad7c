/**
 * What can be asked at a moment of a run under control: whose turn comes next, what comes of each operation, who gets a
 * lock. Only what the state allows is a candidate; all else has probability 0, and so has everything but waiting for
 * ever for who cannot be reached any more.
 */
import { ABSENT, siteAt } from '../../trace/trace';
import { outcomeFeatures, takerFeatures, turnFeatures } from './features';
import { likenesses } from './likenesses';
import { type Doing, type Moment, momentsOf, whoseTurn } from './moment';
import { outcomeIn, possibleOutcomes } from './outcome';
import { eventFrom, type SeenRun } from './seen-run';

export const QUESTION_KINDS = ['turn', 'outcome', 'taker'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface Candidate {
  /** `turn`, `taker`: a goroutine's path; `outcome`: as in OutcomeCount.outcomes. */
  name: string;
  /** Features in words that mean the same in each program. */
  features: string[];
}

export interface Question {
  kind: QuestionKind;
  /** Of the goroutine that acts; of a lock that is waited for the object's index. */
  about: string;
  /** Who acts, where the question is about one goroutine. */
  doing?: Doing;
  candidates: Candidate[];
  /** For Evidence: from the vague to the exact. */
  likenesses: string[];
}

/** Somebody who has not come to the lock yet. */
export const ANOTHER = 'another';

/** Those with more than one candidate, and those with one because nobody can be reached. */
export function questionsAt(moment: Moment): Question[] {
  const questions: Question[] = [];
  if (moment.free.length > 1) {
    const candidates = moment.free.map((goroutine) => ({
      name: moment.run.trace.header.goroutines[goroutine]!.path,
      features: turnFeatures(moment, goroutine),
    }));
    questions.push({ kind: 'turn', about: '', candidates, likenesses: likenesses(moment, 'turn') });
  }
  for (const doing of moment.doing.values()) {
    const names = possibleOutcomes(moment, doing);
    if (names.length < 2 && !moment.unreached.has(doing.goroutine)) continue;
    if (names.length === 0) continue;
    const candidates = names.map((name) => ({ name, features: outcomeFeatures(moment, doing, name) }));
    questions.push({
      ...{ kind: 'outcome', about: doing.path, doing, candidates },
      likenesses: likenesses(moment, 'outcome', doing),
    });
  }
  for (const [object, contenders] of contendersOf(moment)) {
    if (contenders.length < 2) continue;
    const names = [...contenders.map(({ path }) => path), ANOTHER];
    const candidates = names.map((name, index) => ({
      name,
      features: takerFeatures(moment, object, contenders, contenders[index]),
    }));
    questions.push({
      ...{ kind: 'taker', about: `${object}`, candidates },
      likenesses: likenesses(moment, 'taker', contenders[0]),
    });
  }
  return questions;
}

/** Lock → who is about to take it exclusively or waits for it. */
function contendersOf({ doing, unreached }: Moment): Map<number, Doing[]> {
  const contenders = new Map<number, Doing[]>();
  for (const one of doing.values()) {
    if (one.operation !== 'lock' || one.over || one.tries || one.object === ABSENT || unreached.has(one.goroutine))
      continue;
    const known = contenders.get(one.object);
    if (known) known.push(one);
    else contenders.set(one.object, [one]);
  }
  return contenders;
}

/** The candidate that came true in a run that was the same until the moment; undefined: it ended before. */
export function answerIn(run: SeenRun, moment: Moment, question: Question): string | undefined {
  switch (question.kind) {
    case 'turn':
      return run.steps[moment.step]?.g;
    case 'outcome':
      return question.doing && outcomeIn(run, moment, question.doing);
    case 'taker':
      return takerIn(run, moment, question);
  }
}

function takerIn(run: SeenRun, moment: Moment, { about, candidates }: Question): string | undefined {
  const { position } = moment;
  const object = objectIn(run, moment, Number(about), candidates);
  if (object === undefined) return undefined;
  let first: { index: number; path: string } | undefined;
  for (const [goroutine, { path }] of run.trace.header.goroutines.entries()) {
    let from = position;
    for (let event = eventFrom(run, goroutine, from); event; event = eventFrom(run, goroutine, from)) {
      if (first && event.index > first.index) break;
      const takes = event.operation === 'lock' && (event.phase === 'done' || event.phase === 'wake');
      if (takes && event.object === object) {
        first = { index: event.index, path };
        break;
      }
      from = event.index + 1;
    }
  }
  if (!first) return undefined;
  const { path } = first;
  return candidates.some(({ name }) => name === path) ? path : ANOTHER;
}

/**
 * The same object in another run: one that has not been used until the moment has a number that depends on who comes to
 * what first, but whoever is about to use it comes to it all the same. Undefined: nobody of them did.
 */
function objectIn(run: SeenRun, moment: Moment, object: number, users: readonly Candidate[]): number | undefined {
  if (moment.users.has(object)) return object;
  for (const { name } of users) {
    const event = eventFrom(run, run.indexOf.get(name) ?? ABSENT, moment.position);
    if (event?.operation === 'lock') return event.object;
  }
  return undefined;
}

export interface Lesson {
  kind: QuestionKind;
  likenesses: string[];
  answer: string;
}

/** What a run teaches: the questions of its steps, with what came true. At most so many steps, evenly spread. */
export function lessonsOf(run: SeenRun, most: number): Lesson[] {
  const every = Math.max(1, Math.ceil(run.steps.length / most));
  const steps = Array.from({ length: Math.ceil(run.steps.length / every) }, (_, index) => index * every);
  const lessons: Lesson[] = [];
  for (const moment of momentsOf(run, steps)) {
    for (const question of questionsAt(moment)) {
      const answer = answerIn(run, moment, question);
      if (answer !== undefined) lessons.push({ kind: question.kind, likenesses: question.likenesses, answer });
    }
  }
  return lessons;
}

/** Where the goroutine's operation stands. */
export const placeOf = ({ run }: Moment, { site }: Doing): string => {
  const found = siteAt(run.trace, site);
  return found ? `${found.file}:${found.line}:${found.column}` : '';
};

export { whoseTurn };
