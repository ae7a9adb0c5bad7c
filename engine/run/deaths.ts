/**
 * A test process that did not end as it should: what its last words say, as a finding or as one sentence. Only a run
 * that was streamed has a schedule then (engine/run/streamed.ts), because nobody was left to write one.
 */
import { dirname, isAbsolute, relative } from 'node:path';
import { eventSite, pathOf, type Subject, startedSite, subjectOf, written } from '../../core/analyse/analysis';
import { kindOfPanic } from '../../core/analyse/outcome';
import { explain } from '../../core/analyse/telling/explain';
import { findingId } from '../../core/analyse/telling/identity';
import { testOfFinding } from '../../core/analyse/telling/subtests';
import { explanationOf, phrasesOf } from '../../core/analyse/telling/told';
import { shortFunction } from '../../core/trace/names';
import { ABSENT, goroutineOf, type Trace } from '../../core/trace/trace';
import type { Finding, FindingSite } from '../../protocol/finding';
import { english, type Phrase, phrase } from '../../protocol/phrase';
import type { RunLine } from '../../protocol/run';
import type { Step } from '../../protocol/schedule';
import { relativePath, writeProblem } from '../system/files';
import { frameIn, type GoroutineStack, readStacks, type StackFrame } from './goroutine-stacks';
import type { ProcessRun } from './run';
import type { TestSubject } from './subject';

export type Death = { type: 'finding'; finding: Finding } | { type: 'problem'; sentence: Phrase };

/** What a process says that died or had to be killed; nothing when it ended as it should or was cancelled. */
export function deathOf(subject: TestSubject, run: ProcessRun): Death | undefined {
  const { test } = subject;
  const { stderr, code, endedBy, startProblem } = run.process;
  switch (run.end) {
    case 'finished':
    case 'cancelled':
      return undefined;
    case 'not-started':
      return problem(phrase`${test} cannot be run: ${startProblem ?? ''}`);
    case 'overdue':
      return problem(hangSentence(subject, stderr));
    case 'died': {
      const words = lastWords(stderr);
      if (words !== undefined) return fatal(subject, words, stderr);
      if (endedBy !== undefined) {
        return problem(
          endedBy === 'SIGKILL'
            ? phrase`${test}: its process was ended by ${endedBy}, perhaps because memory ran out.`
            : phrase`${test}: its process was ended by ${endedBy}.`,
        );
      }
      if (FULL_DISK.test(stderr)) return problem(writeProblem(dirname(run.out), { code: 'ENOSPC' }));
      const said = stderr.trim().split('\n').at(-1) || run.process.stdout.trim().split('\n').at(-1);
      if (code === 0) {
        return problem(
          phrase`${test} did not run to its end: its process ended with status 0 (os.Exit, TestMain, or a skip).`,
        );
      }
      return problem(
        said
          ? phrase`${test}: its process ended with status ${code ?? ''}: ${said}`
          : phrase`${test}: its process ended with status ${code ?? ''}.`,
      );
    }
  }
}

/** The runtime's own words. */
const FULL_DISK = /^lockstep: cannot write .*(?:no space left on device|disk quota exceeded)$/m;

function problem(sentence: Phrase): Death {
  return { type: 'problem', sentence };
}

/** Go's first line about a panic, fatal error or signal, without its prefix. */
function lastWords(stderr: string): string | undefined {
  const fatal = /^(?:fatal error|panic): (.+?)(?: \[recovered.*\])?$/m.exec(stderr);
  return (fatal ?? /^runtime: (.+)$/m.exec(stderr) ?? /^(SIG[A-Z]+: .+)$/m.exec(stderr))?.[1]?.trim();
}

/**
 * What a process died of, as a finding with what the trace of its run knows: which goroutine it was, and where that
 * came from. Nothing when its end says nothing of the test, as when it was killed from outside.
 */
export function deathInTrace(
  subject: TestSubject,
  run: ProcessRun,
  { trace, steps }: { trace: Trace; steps: readonly Step[] },
): Finding | undefined {
  const last = subjectOf(trace, { package: subject.package.importPath, test: subject.test });
  const index = lastTurn(last, steps);
  const goroutine = index < 0 ? undefined : goroutineOf(trace, index);
  const death = deathOf(subject, run);
  const finding = death?.type === 'finding' ? death.finding : endFinding(subject, run, last, index);
  if (!finding || goroutine === undefined) return finding;
  const [first] = finding.sites;
  if (first && finding.kind !== 'deadlock') first.goroutine = pathOf(trace, goroutine);
  const starts = finding.kind === 'deadlock' ? [] : startedSite(last, goroutine);
  finding.sites.push(...starts.map(written));
  const started = last.history.startedBy[goroutine] ?? ABSENT;
  const told = explain(last, [started, index]);
  const { explanation, ...placed } = explanationOf(told);
  Object.assign(finding, placed, { explanation: [...explanation, ...finding.explanation] });
  finding.phrases = [...(finding.phrases ?? []), ...starts.map(({ said }) => said), ...phrasesOf(told)];
  finding.test = testOfFinding(trace, subject.test, finding);
  if (trace.header.foreign) finding.foreign = true;
  return finding;
}

/** The newest event of the goroutine that had the turn; ABSENT for a run without any. */
function lastTurn({ trace, history }: Subject, steps: readonly Step[]): number {
  const path = steps.findLast(({ g }) => g !== '0')?.g ?? '1';
  const goroutine = trace.header.goroutines.findIndex((one) => one.path === path);
  return history.events[goroutine]?.at(-1) ?? ABSENT;
}

/** A process that ended without a word, by a call that is not instrumented or by a signal of its own. */
function endFinding(subject: TestSubject, run: ProcessRun, trace: Subject, index: number): Finding | undefined {
  const { code, endedBy, stderr, stdout } = run.process;
  if (code === undefined && endedBy === undefined) return undefined;
  const kind = endedBy === undefined ? 'test-failure' : 'panic';
  const how = endedBy === undefined ? phrase`ends with status ${code ?? ''}` : phrase`is ended by ${endedBy}`;
  const said = (stderr.trim() || stdout.trim()).split('\n').at(-1);
  // The runtime's own words: what it writes cannot be written, or we have died.
  if (said?.startsWith('lockstep: ')) return undefined;
  const explanation = [
    phrase`The process ${how} while ${subject.test} runs, by a call that is not instrumented; the operation shown is the last before.`,
    ...(said ? [phrase`Its last words: ${said}`] : []),
  ];
  const message = phrase`The process ${how} while ${subject.test} runs`;
  const sites = index < 0 ? [] : eventSite(trace, index, phrase`the last operation before the end`);
  return {
    id: findingId(kind, [
      { file: subject.package.importPath, line: 0, function: subject.test, operation: english(how) },
    ]),
    kind,
    verdict: 'predicted',
    message: english(message),
    explanation: explanation.map(english),
    package: subject.package.importPath,
    test: subject.test,
    sites: sites.map(written),
    analysis: { name: 'process', sound: true },
    phrases: [message, ...explanation, ...sites.map(({ said: role }) => role)],
  };
}

function fatal(subject: TestSubject, words: string, stderr: string): Death {
  const kind = /all goroutines are asleep/.test(words) ? 'deadlock' : kindOfPanic(words);
  const stacks = readStacks(stderr);
  const running = stacks.find((stack) => stack.state.startsWith('running')) ?? stacks[0];
  const blamed = kind === 'deadlock' ? stacks : running ? [running] : [];
  const role = ({ state }: GoroutineStack): Phrase =>
    kind === 'deadlock' ? phrase`waits (${state})` : phrase`${words}`;
  const sites = blamed.flatMap((stack) => siteOf(subject, stack, english(role(stack))));
  if (sites.length === 0) return problem(phrase`${subject.test}: its process died of "${words}".`);
  const identity = sites.map(({ site, frame }) => ({
    file: site.file,
    line: site.line,
    function: shortFunction(frame.function),
    operation: site.operation,
  }));
  const place = `${sites[0]!.site.file}:${sites[0]!.site.line}`;
  const message = phrase`The process dies of "${words}" (${place})`;
  const why = phrase`${subject.test} was running under Lockstep when Go ended the process: ${words}.`;
  return {
    type: 'finding',
    finding: {
      id: findingId(kind, identity),
      kind,
      verdict: 'predicted',
      message: english(message),
      explanation: [english(why)],
      package: subject.package.importPath,
      test: subject.test,
      sites: sites.map(({ site }) => site),
      analysis: { name: 'process', sound: true },
      phrases: [message, why, ...blamed.map(role)],
    },
  };
}

function siteOf(subject: TestSubject, stack: GoroutineStack, role: string): { site: FindingSite; frame: StackFrame }[] {
  const frame = ownFrame(subject, stack);
  if (!frame) return [];
  const { file, line } = frame;
  const site = { file: relativePath(subject.package.moduleDir, file), line, column: 1, role, operation: 'panic' };
  return [{ site, frame }];
}

/** Where a test hangs, by the stacks that its process printed when it was told to stop. */
function hangSentence(subject: TestSubject, stderr: string): Phrase {
  const stacks = readStacks(stderr);
  const busy = stacks.filter(({ state }) => /^run(ning|nable)/.test(state));
  for (const stack of [...busy, ...stacks]) {
    // Parked by us: it waits for its turn and does not hang by itself.
    if (stack.frames.some((frame) => frame.function.startsWith('lockstep.') && /park/i.test(frame.function))) continue;
    const place = placeIn(subject, stack);
    if (place === undefined) continue;
    return busy.includes(stack)
      ? phrase`${subject.test} did not end in its time: a goroutine computes without end in ${place}.`
      : phrase`${subject.test} did not end in its time: a goroutine is in ${stack.state} in ${place}.`;
  }
  // Go prints no stack of a goroutine that runs on another thread than the one that got the signal.
  return busy.some((stack) => stack.frames.length === 0)
    ? phrase`${subject.test} did not end in its time: it computes without end and was stopped.`
    : phrase`${subject.test} did not end in its time and was stopped.`;
}

/** What a run says that hangs in code that is not instrumented, with the place in the user's code. */
export function hangMessage(subject: TestSubject, line: RunLine): Phrase {
  const place = readStacks(line.stack ?? '')
    .map((stack) => placeIn(subject, stack))
    .find((found) => found !== undefined);
  const what = line.message ?? phrase`it hangs`;
  return place === undefined
    ? phrase`${subject.test} cannot be explored: ${what}.`
    : phrase`${subject.test} cannot be explored: ${what} in ${place}.`;
}

/** Where a panic arose: the user's frame below the runtime's `panic`. The stack is the panicking goroutine's. */
export function panicFrame(subject: TestSubject, text: string): StackFrame | undefined {
  const frames = readStacks(text)[0]?.frames ?? [];
  const panic = frames.findLastIndex((frame) => frame.function === 'panic' || frame.function === 'runtime.sigpanic');
  return frames.slice(panic + 1).find((frame) => isOwn(subject, frame.file));
}

/** The innermost frame of a stack that is in the module. */
export function callerIn(subject: TestSubject, text: string): StackFrame | undefined {
  return readStacks(text)[0]?.frames.find((frame) => isOwn(subject, frame.file));
}

/** `(*T).Serve (serve.go:12)`. */
function placeIn(subject: TestSubject, stack: GoroutineStack): string | undefined {
  const frame = ownFrame(subject, stack);
  if (!frame) return undefined;
  return `${shortFunction(frame.function)} (${relativePath(subject.package.moduleDir, frame.file)}:${frame.line})`;
}

function ownFrame(subject: TestSubject, stack: GoroutineStack): StackFrame | undefined {
  return frameIn(stack, (file) => isOwn(subject, file));
}

/** In the module, and not generated by `go test`, whose files have no directory. */
export function isOwn(subject: TestSubject, file: string): boolean {
  const path = relative(subject.package.moduleDir, file);
  return isAbsolute(file) && path !== '' && !path.startsWith('..') && !isAbsolute(path);
}
