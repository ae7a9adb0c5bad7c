/** The page's worker: reads traces, lays them out and answers questions about them, while the page goes on drawing. */
import { readTracePage, type TracePage } from '../core/view/page';
import type { Answered, Asked, Question, Questions } from './worker-messages';

const pages: TracePage[] = [];

type Answers = { [Q in Question]: (what: Questions[Q][0]) => Questions[Q][1] };

const answers: Answers = {
  open({ run, bytes, finding, turns, counts, translations }) {
    const { page, problems } = readTracePage(bytes, translations);
    if (!page) return { problems, event: -1 };
    pages[run] = page;
    page.know(turns, counts);
    const filter = page.firstFilter();
    const layout = page.layout(filter);
    return { problems, facts: page.facts(), layout, filter, surprises: page.surprises(), event: page.eventOf(finding) };
  },
  layout: ({ run, filter }) => pageOf(run).layout(filter),
  alike: ({ run, goroutine }) => pageOf(run).alike(goroutine),
  event({ run, event }) {
    const page = pageOf(run);
    const step = page.step(event);
    const nexts = step.choices.map(({ next }) => (next < 0 ? '' : page.sentence(next)));
    return { details: page.details(event), moment: page.moment(event), step, nexts };
  },
  sentences: ({ run, events }) => events.map((event) => pageOf(run).sentence(event)),
  waits: ({ run, event }) => pageOf(run).waits(event),
  cone: ({ run, event }) => pageOf(run).cone(event),
  search: ({ run, query, filter }) => pageOf(run).search(query, filter),
  copy: ({ run, format, events }) => pageOf(run).copy(format, events),
  compare: ({ run, other }) => pageOf(run).compareWith(pageOf(other)),
};

function pageOf(run: number): TracePage {
  const page = pages[run];
  if (!page) throw new Error(`there is no run ${run}`);
  return page;
}

/** The arrays of an answer go to the page without a copy: the worker does not need them again. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) found.add(value.buffer as ArrayBuffer);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const inner of Object.values(value)) buffersIn(inner, found);
  }
  return found;
}

function answer<Q extends Question>({ number, question, what }: Asked<Q>): void {
  let answered: Answered;
  try {
    answered = { number, answer: (answers[question] as Answers[Q])(what) };
  } catch (error) {
    answered = { number, error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(answered, { transfer: [...buffersIn(answered)] });
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => answer(data));
