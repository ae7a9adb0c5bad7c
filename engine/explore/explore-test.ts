/**
 * Explores one test: workers run process after process, each a batch of schedules, and every run that failed or whose
 * trace was sampled is judged. It ends with its time or schedules, or early when more would tell nothing new.
 */
import type { Finding } from '../../protocol/finding';
import type { TestSubject } from '../run/subject';
import { Course, type TestExplorationOptions } from './course';
import { Judge } from './judge';
import type { OutcomeTally } from './outcome-tally';
import { Rounds } from './rounds';

export interface TestExploration {
  findings: Finding[];
  tally: OutcomeTally;
  /** Ids of the sites that were seen in a trace or a count. */
  reached: ReadonlySet<number>;
  /** Wall seconds. */
  seconds: number;
  problem?: string;
  /** Why it ended before its budget was used. */
  early?: string;
}

export async function exploreTest(subject: TestSubject, options: TestExplorationOptions): Promise<TestExploration> {
  const course = new Course(subject, options);
  const judge = new Judge(course);
  await new Rounds(course, judge).run();
  course.problem ??= judge.bound.problemOf(subject.test);
  await judge.met.tellAlways();
  const { tally, seen, seconds, problem, early } = course;
  return {
    findings: judge.met.all,
    tally,
    reached: new Set([...seen, ...tally.outcomes.keys()]),
    seconds,
    problem,
    early,
  };
}
