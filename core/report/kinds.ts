/** What each kind of finding is, why it matters and what is done about it, for those who meet it in a report. */
import type { FindingKind, RUN_KINDS } from '../../protocol/finding';
import { CHECKS } from '../static/checks';

export interface KindText {
  title: string;
  /** What it is, and what it does to the program. */
  about: string;
  /** What usually mends it. */
  remedy: string;
  /** Of the Common Weakness Enumeration, where it has one. */
  cwe?: number;
}

const RUN_TEXTS: Readonly<Record<(typeof RUN_KINDS)[number], KindText>> = {
  deadlock: {
    title: 'Deadlock',
    about: 'Goroutines wait for each other in a cycle, or the test waits for something that nobody will do.',
    remedy:
      'Take locks in one order everywhere. Do not send, receive or wait while a lock is held that the other side needs.',
    cwe: 833,
  },
  'goroutine-leak': {
    title: 'Goroutine leak',
    about:
      'A goroutine is blocked for ever, or runs on, after the test that started it has returned. It keeps its memory for as long as the process lives.',
    remedy:
      'See to it that every send has a receiver, or room in the channel, also when the other side returns early; let goroutines end with a context or a channel that is closed.',
    cwe: 772,
  },
  'data-race': {
    title: 'Data race',
    about:
      'Two goroutines use a variable, one of them to change it, and nothing puts one of the two before the other. Updates get lost, and what is read may be neither value.',
    remedy: 'Guard both accesses with the same lock, make them atomic, or hand the value over through a channel.',
    cwe: 362,
  },
  'send-on-closed-channel': {
    title: 'Send on a closed channel',
    about: 'A goroutine sends on a channel that another has closed: it panics.',
    remedy: 'Let only the sender close, once no other can send any more; tell senders to stop by another channel.',
    cwe: 672,
  },
  'close-of-closed-channel': {
    title: 'Close of a closed channel',
    about: 'A channel is closed a second time: it panics.',
    remedy: 'Give the channel one owner that closes it, or close it in a sync.Once.',
    cwe: 675,
  },
  'close-of-nil-channel': {
    title: 'Close of a nil channel',
    about: 'A channel is closed before it was made, or after it was taken away: it panics.',
    remedy: 'Make the channel before the goroutines start that use it.',
    cwe: 476,
  },
  'negative-waitgroup': {
    title: 'Negative wait group',
    about: 'Done was called more often than was added: it panics.',
    remedy: 'Add before the goroutine starts, and call Done exactly once in it, with defer.',
    cwe: 682,
  },
  'waitgroup-misuse': {
    title: 'Misuse of a wait group',
    about: 'Add comes at the same time as Wait, which may then return too early, or panic.',
    remedy: 'Call Add before the go statement, in the goroutine that waits; or use WaitGroup.Go.',
    cwe: 820,
  },
  'unlock-of-unlocked-mutex': {
    title: 'Unlock of an unlocked mutex',
    about: 'A mutex is unlocked that nobody holds: Go ends the process.',
    remedy: 'Unlock with defer right behind the lock, and on no other way.',
    cwe: 832,
  },
  'concurrent-map-access': {
    title: 'Concurrent access to a map',
    about: 'A map is changed while another goroutine uses it: Go ends the process when it notices.',
    remedy: 'Guard the map with a lock, or use sync.Map.',
    cwe: 362,
  },
  panic: {
    title: 'Panic',
    about: 'In some interleavings a goroutine panics, which ends the process.',
    remedy: 'Look at the steps for what was used before it was set, or after it was taken away.',
  },
  'test-failure': {
    title: 'Test failure',
    about: 'The test fails in some of its interleavings.',
    remedy: 'Look at the steps for the order of goroutines that the test or the code did not expect.',
  },
  livelock: {
    title: 'Livelock',
    about: 'Goroutines go round and round without getting anywhere, each undoing or awaiting what the other does.',
    remedy: 'Wait for a condition instead of trying again; break the symmetry between those who give way.',
    cwe: 835,
  },
};

/** Static checks say for themselves what they are about. */
const STATIC_TEXTS = Object.fromEntries(
  CHECKS.map(({ name, title, summary, explanation, cwe }): [string, KindText] => [
    name,
    { title, about: summary, remedy: explanation, ...(cwe === undefined ? {} : { cwe }) },
  ]),
);

export const KIND_TEXTS = { ...RUN_TEXTS, ...STATIC_TEXTS } as Readonly<Record<FindingKind, KindText>>;
