/** Which test or subtest started what: a goroutine belongs to the nearest goroutine above it that runs a subtest. */
import type { FindingKind, FindingSite } from '../../../protocol/finding';
import type { Trace } from '../../trace/trace';

/** Names of the subtests by the path of the goroutine that runs them. */
function subtestsOf({ header }: Trace): ReadonlyMap<string, string> {
  return new Map(header.goroutines.flatMap(({ path, test }) => (test === undefined ? [] : [[path, test] as const])));
}

/** Full name of the subtest that the goroutine descends from; undefined when it is the test itself that started it. */
function subtestOf(subtests: ReadonlyMap<string, string>, path: string): string | undefined {
  for (let above = path; above !== ''; above = above.slice(0, Math.max(above.lastIndexOf('.'), 0))) {
    const name = subtests.get(above);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** `TestX/group/a` and `TestX/group/b` have `TestX/group` in common. */
function inCommon(a: string, b: string): string {
  if (b === a || b.startsWith(`${a}/`)) return a;
  const slash = a.lastIndexOf('/');
  return slash < 0 ? '' : inCommon(a.slice(0, slash), b);
}

/** Takes more than one goroutine, so all of them say whose it is. */
const SHARED: readonly FindingKind[] = ['deadlock', 'data-race', 'livelock', 'concurrent-map-access'];

/**
 * The test that a finding belongs to, with its full name: the one that started the goroutine of its first site, or,
 * where several take part, the one below which all of them are. `test` is the one that was explored.
 */
export function testOfFinding(
  trace: Trace,
  test: string,
  { kind, sites }: { kind: FindingKind; sites: readonly FindingSite[] },
): string {
  const subtests = subtestsOf(trace);
  if (subtests.size === 0) return test;
  const paths = sites.flatMap(({ goroutine }) => (goroutine === undefined ? [] : [goroutine]));
  const concerned = SHARED.includes(kind) ? paths : paths.slice(0, 1);
  if (concerned.length === 0) return test;
  return concerned.map((path) => subtestOf(subtests, path) ?? test).reduce(inCommon) || test;
}

/** The test function that a name belongs to: `TestX` of `TestX/sub`. */
export const testFunctionOf = (test: string): string => test.split('/', 1)[0] ?? test;
