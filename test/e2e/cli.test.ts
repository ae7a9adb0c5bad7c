/** The command `lockstep` as people run it, with real Go. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, TestDocument } from '../../protocol/finding';
import { until } from '../unit/engine/temporary';
import { type Ended, ended, ROOT, start as startCommand } from './command';

describe('lockstep', function () {
  this.timeout(180_000);
  let home = '';
  let environment: NodeJS.ProcessEnv = {};

  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
    // Everything that Lockstep writes is under a name of this test's own; Go's build cache is shared.
    const goCache = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
    environment = { ...process.env, XDG_CACHE_HOME: join(home, 'cache'), GOCACHE: goCache };
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const start = (directory: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    startCommand(directory, args, { ...environment, ...more });

  const lockstep = (directory: string, ...args: string[]) => ended(start(directory, args));

  /** A copy of a Go module, so that nothing is written into the checkout. */
  function copyOf(module: string): string {
    const copy = mkdtempSync(join(home, 'module-'));
    cpSync(join(ROOT, module), copy, { recursive: true, filter: (path) => !path.includes('.lockstep') });
    return copy;
  }

  const program = (name: string) => copyOf(join('test', 'fixtures', 'programs', name));

  function documentOf(run: Ended): TestDocument {
    assert.notEqual(run.stdout, '', run.stderr);
    return JSON.parse(run.stdout);
  }

  /** Processes, other than the ones of this test, with our directory in their command line. */
  function survivors(): string[] {
    const listed = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    return listed.filter((line) => line.includes(home) && !line.includes('<defunct>'));
  }

  describe('test', () => {
    let examples = '';
    let run: Ended;
    let document: TestDocument;

    before(async () => {
      examples = copyOf('examples');
      run = await lockstep(examples, 'test', './...', '--budget', '10s', '--seed', '1', '--json');
      document = documentOf(run);
    });

    /** The line that the finding is about must be the one that has this text. */
    const planted: [test: string, kind: Finding['kind'], file: string, text: string][] = [
      ['TestSetPodStatus', 'deadlock', 'podstatus/podstatus.go', 'm.podStatusChannel <- pod'],
      ['TestViews', 'data-race', 'counter/counter.go', 'func (v *Views) Visit() { v.n++ }'],
      ['TestFirst', 'goroutine-leak', 'fetch/fetch.go', 'answers <- answer'],
      ['TestBooking', 'goroutine-leak', 'booking/future.go', 'results <- Result[T]{value, ok}'],
    ];
    for (const [test, kind, file, text] of planted) {
      it(`confirms the ${kind} of ${test} on its line`, () => {
        const found = document.findings.filter((finding) => finding.test === test);
        assert.deepEqual([...new Set(found.map((finding) => finding.kind))], [kind]);
        const [finding] = found;
        const site = finding?.sites[0];
        assert.equal(finding?.verdict, 'confirmed');
        assert.equal(site?.file, file);
        assert.equal(readFileSync(join(examples, file), 'utf8').split('\n')[site.line - 1]?.trim(), text);
        assert.equal(finding.stats?.replayed, finding.stats?.replays);
      });
    }

    it('is silent about the corrected twins', () => {
      assert.ok(document.tests.some((test) => test.test.startsWith('TestFixed')));
      assert.deepEqual(
        document.findings.filter((finding) => finding.test?.startsWith('TestFixed')),
        [],
      );
    });

    it('ends with 1, prints one document, and reports every test', () => {
      assert.equal(run.code, 1);
      assert.deepEqual(document.problems, []);
      assert.ok(document.tests.every((test) => test.schedules > 0 && test.coverage.sitesReached > 0));
    });

    it('stores findings where version control does not see them', () => {
      assert.equal(readFileSync(join(examples, '.lockstep', '.gitignore'), 'utf8'), '*\n');
      assert.ok(document.findings.every(({ id }) => existsSync(join(examples, '.lockstep', 'findings', `${id}.json`))));
    });

    it('replays a deadlock 100 times of 100, ending with 1', async () => {
      const deadlock = document.findings.find((finding) => finding.kind === 'deadlock');
      const replay = await lockstep(examples, 'replay', deadlock?.id ?? '', '--times', '100', '--json');
      assert.equal(replay.code, 1, replay.stderr);
      const { times, reproduced, trace, stacks } = JSON.parse(replay.stdout);
      assert.deepEqual([times, reproduced], [100, 100]);
      const printed = await lockstep(examples, 'trace', 'print', trace);
      assert.equal(printed.code, 0, printed.stderr);
      assert.ok(printed.stdout.startsWith('lockstep-trace 1\n'));
      const called = (goroutine: { waits: string; calls: { function: string; file: string; line: number }[] }) => [
        goroutine.waits,
        ...goroutine.calls.map((call) => `${call.function} ${call.file}:${call.line}`),
      ];
      assert.deepEqual(stacks.map(called).sort(), [
        [
          'waits for m.podStatusesLock',
          '(*Manager).syncPod podstatus/podstatus.go:33',
          '(*Manager).Start.func1 podstatus/podstatus.go:27',
        ],
        ['waits for the wait group setters', 'TestSetPodStatus podstatus/podstatus_test.go:20'],
        [
          'waits to send on m.podStatusChannel',
          '(*Manager).SetPodStatus podstatus/podstatus.go:45',
          'TestSetPodStatus.func1 podstatus/podstatus_test.go:17',
        ],
      ]);
    });

    it('replays after lines were put in above, and tells that the source changed', async () => {
      const race = document.findings.find((finding) => finding.kind === 'data-race');
      const file = join(examples, 'counter', 'counter.go');
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace('import "sync"', '// One line more.\n\nimport "sync"'));
      const replay = await lockstep(examples, 'replay', race?.id ?? '', '--times', '2', '--json');
      writeFileSync(file, text);
      const result = JSON.parse(replay.stdout);
      assert.deepEqual([result.sourceChanged, result.times, result.reproduced], [true, 2, 2]);
      assert.equal(replay.code, 1);
    });

    it('works with an older toolchain that a go.mod asks for', async function () {
      const older = 'go1.24.0';
      try {
        execFileSync('go', ['version'], { env: { ...environment, GOTOOLCHAIN: older }, stdio: 'ignore' });
      } catch {
        this.skip(); // It comes from the module proxy, which is out of reach.
      }
      const module = copyOf('examples');
      const run = await ended(start(module, ['test', './podstatus', '--json'], { GOTOOLCHAIN: older }));
      assert.equal(run.code, 1, run.stderr);
      const [finding, ...more] = documentOf(run).findings;
      assert.deepEqual([finding?.kind, finding?.verdict, more.length], ['deadlock', 'confirmed', 0]);
    });

    it('stores elsewhere when asked to, and replays from there', async () => {
      const module = copyOf('examples');
      const out = join(home, 'elsewhere');
      const found = await lockstep(module, 'test', './counter', '--run', 'TestViews', '--out', out, '--json');
      assert.equal(found.code, 1, found.stderr);
      assert.ok(!existsSync(join(module, '.lockstep')));
      const { id } = documentOf(found).findings[0] ?? assert.fail('nothing was found');
      const replay = await lockstep(module, 'replay', id, '--times', '2', '--out', out);
      assert.equal(replay.code, 1, replay.stderr);
    });

    it('ends with 0 when nothing is found', async () => {
      const silent = await lockstep(examples, 'test', './counter', '--run', 'TestFixedViews', '--schedules', '100');
      assert.equal(silent.code, 0, silent.stderr);
      assert.match(silent.stdout, /no bug in \d+ interleavings of 1 test/);
    });

    it('explores the same for the same seed, workers and schedules', async () => {
      const bounds = ['--seed', '5', '--schedules', '300', '--workers', '3'];
      const args = ['test', './podstatus', './counter', ...bounds, '--json'];
      const [first, second] = [
        await lockstep(copyOf('examples'), ...args),
        await lockstep(copyOf('examples'), ...args),
      ];
      const withoutTimes = (ended: Ended) =>
        JSON.parse(ended.stdout, (key, value) => (key === 'seconds' ? undefined : value));
      assert.deepEqual(withoutTimes(first), withoutTimes(second));
      assert.ok(documentOf(first).findings.length >= 2);
    });
  });

  it('goes on where the last exploration of an unchanged build ended, and looks at its findings first', async () => {
    const module = copyOf('examples');
    const args = ['test', './podstatus', '--schedules', '50', '--workers', '1', '--json'];
    const [first, second] = [await lockstep(module, ...args), await lockstep(module, ...args)].map(documentOf);
    assert.ok(first && second);
    assert.deepEqual(
      second.tests.map(({ test, earlier }) => [test, earlier]),
      first.tests.map(({ test, schedules }) => [test, schedules]),
    );
    assert.deepEqual(second.findings, first.findings, 'as it was stored: it was met by a replay');
    const fresh = documentOf(await lockstep(module, ...args, '--fresh'));
    assert.ok(fresh.tests.every(({ earlier }) => earlier === undefined));
    writeFileSync(join(module, 'podstatus', 'more.go'), 'package podstatus\n\nconst more = 1\n');
    const changed = documentOf(await lockstep(module, ...args));
    assert.ok(changed.tests.every(({ earlier }) => earlier === undefined));
  });

  it('begins anew where a finding does not show again: what lies before the end of that exploration may show it', async () => {
    const module = copyOf('examples');
    const args = ['test', './podstatus', '--schedules', '50', '--workers', '1', '--json'];
    const first = documentOf(await lockstep(module, ...args));
    const [finding, ...more] = first.findings;
    assert.ok(finding?.schedule && finding.test && more.length === 0);
    const path = join(module, '.lockstep', finding.schedule);
    const schedule = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...schedule, steps: schedule.steps.slice(0, 2) }));
    const second = documentOf(await lockstep(module, ...args));
    assert.deepEqual(
      second.findings.map(({ id, verdict, stats }) => [id, verdict, stats?.replayed]),
      first.findings.map(({ id, verdict, stats }) => [id, verdict, stats?.replayed]),
    );
    for (const { test, earlier } of second.tests) assert.equal(earlier === undefined, test === finding.test, test);
  });

  it('explores all interleavings of a small test, and says so', async () => {
    const args = ['test', './podstatus', '--run', 'TestFixedSetPodStatus', '--schedules', '500', '--workers', '1'];
    const { code, stdout } = await lockstep(copyOf('examples'), ...args);
    assert.equal(code, 0, stdout);
    const all = Number(/; all (\d+) interleavings explored, none deadlocks\n/.exec(stdout)?.[1]);
    assert.ok(all > 1 && all < 500, stdout);
  });

  it('takes the interleavings of one draw of random numbers for no proof', async () => {
    for (const strategy of ['auto', 'dpor']) {
      const args = ['test', './...', '--schedules', '1500', '--workers', '1', '--strategy', strategy, '--json'];
      const { tests, findings } = documentOf(await lockstep(program('draws'), ...args));
      const proved = tests.filter(({ exhausted }) => exhausted).map(({ test }) => test);
      assert.deepEqual(proved, ['TestOwnGenerator'], strategy);
      const lucky = tests.find(({ test }) => test === 'TestLuckyNumber')!;
      if (strategy === 'dpor') assert.match(lucky.ended ?? '', /in which it draws the same random numbers/);
      else assert.deepEqual(findings.map(({ test }) => test).sort(), ['TestFirstKey', 'TestLuckyNumber']);
    }
  });

  it('explores what builds and tells the errors of what does not, ending with 2', async () => {
    const run = await lockstep(program('cli-broken'), 'test', './...', '--budget', '2s', '--json');
    const document = documentOf(run);
    assert.equal(run.code, 2);
    assert.deepEqual(
      document.tests.map((test) => test.test),
      ['TestHandOver'],
    );
    assert.ok(
      document.problems.some((problem) => problem.startsWith('types/types.go:5:9: ')),
      String(document.problems),
    );
    assert.ok(document.problems.some((problem) => problem.startsWith('syntax/syntax_test.go:7:')));
  });

  describe('tests that misbehave', () => {
    let foreign = '';
    before(() => {
      foreign = program('cli-foreign');
    });
    const explored = async (test: string, code: number, bound = ['--budget', '4s']): Promise<TestDocument> => {
      const run = await lockstep(foreign, 'test', '--run', `^${test}$`, ...bound, '--json');
      assert.equal(run.code, code, run.stderr);
      return documentOf(run);
    };
    const problemOf = async (test: string, bound?: string[]) =>
      (await explored(test, 2, bound)).tests[0]?.problem ?? '';

    it('blocked in code that is not instrumented', async () => {
      assert.match(await problemOf('TestAccept'), /IO wait.* in TestAccept \(foreign_test\.go:20\)/);
    });
    it('leaving behind who is blocked there', async () => {
      const { tests, findings } = await explored('TestLeftAccept', 0, ['--schedules', '2']);
      assert.deepEqual([tests[0]?.problem, tests[0]?.schedules, findings], [undefined, 2, []]);
    });
    it('waiting for an answer from code that is not instrumented, with a timeout', async () => {
      const { tests, findings } = await explored('TestAnswered', 0, ['--schedules', '5']);
      assert.deepEqual([tests[0]?.problem, findings], [undefined, []]);
    });
    it('computing without end', async () => {
      assert.match(await problemOf('TestSpin'), /TestSpin did not end in its time.* computes without end/);
    });
    it('taking steps without end', async () => {
      // It is given up long before the budget is over, but for a machine on which so many steps take that long.
      assert.match(
        await problemOf('TestForever', ['--budget', '60s']),
        /TestForever did not end by itself in any of \d+ interleavings, within 2,000,000 steps/,
      );
    });
    it('taking steps that take long', async () => {
      assert.match(
        await problemOf('TestSlow', ['--budget', '2s']),
        /^TestSlow did not end by itself in the one interleaving tried, within \d+ steps\.$/,
      );
    });
    it('ending their process', async () => {
      const [finding] = (await explored('TestExit', 1)).findings;
      assert.deepEqual([finding?.kind, finding?.verdict], ['test-failure', 'confirmed']);
      assert.match(finding?.message ?? '', /ends the process with status 3/);
    });
    it('panicking in another goroutine', async () => {
      const [finding] = (await explored('TestPanic', 1)).findings;
      assert.equal(finding?.kind, 'panic');
      assert.equal(finding.sites[0]?.line, 45);
    });
    it('with one interleaving are left at once', async () => {
      const { tests } = await explored('TestAlone', 0);
      assert.equal(tests[0]?.schedules, 8);
    });
  });

  describe('shapes of tests', () => {
    let shapes = '';
    let document: TestDocument;
    before(async () => {
      shapes = program('cli-shapes');
      document = documentOf(await lockstep(shapes, 'test', './...', '--budget', '9s', '--seed', '3', '--json'));
    });
    const findingOf = (test: string) => document.findings.find((finding) => finding.test === test);

    it('a failure met in a warm process is confirmed from a cold one', async () => {
      const finding = findingOf('TestLostUpdate');
      assert.deepEqual([finding?.kind, finding?.verdict], ['test-failure', 'confirmed']);
      assert.equal(finding?.sites[0]?.line, 39);
      assert.match(finding.message, /1 of 2 updates/);
      const replay = await lockstep(shapes, 'replay', finding.id, '--times', '10', '--json');
      assert.equal(JSON.parse(replay.stdout).reproduced, 10);
    });

    it('a map written by two subtest goroutines', () => {
      const finding = findingOf('TestMap/writes');
      assert.deepEqual([finding?.kind, finding?.verdict], ['concurrent-map-access', 'confirmed']);
      assert.deepEqual([finding?.sites[0]?.file, finding?.sites[0]?.line], ['maps/maps_test.go', 15]);
    });

    it('TestMain that ends the process, and files of the package', () => {
      const report = document.tests.find((test) => test.test === 'TestReads');
      assert.deepEqual([report?.problem, findingOf('TestReads')], [undefined, undefined]);
      assert.ok(report && report.schedules > 8);
    });
  });

  it('checks without running anything', async () => {
    const examples = copyOf('examples');
    const run = await lockstep(examples, 'check', './fetch/...', '--json');
    const { findings, files } = JSON.parse(run.stdout);
    assert.equal(run.code, 1);
    assert.equal(files, 2);
    assert.deepEqual(
      findings.map(({ kind, verdict, package: path, sites }: Finding) => [kind, verdict, path, sites[0]?.file]),
      [['abandoned-channel', 'suspected', 'example.com/lockstep/fetch', 'fetch/fetch.go']],
    );
    assert.equal(existsSync(join(examples, '.lockstep')), false);
  });

  it('checks a file with the rest of its package, as severe as it is told, and heeds comments', async () => {
    const module = copyOf('test/fixtures/programs/fixes');
    writeFileSync(
      join(module, 'pool.go'),
      `package fixes

type pool struct{ jobs chan int }

func newPool() *pool { return &pool{jobs: make(chan int)} }

func (p *pool) first() int { return <-p.jobs }

func (p *pool) wait(done chan bool) {
	for {
		select {
		case <-done:
			return
		default:
		}
	}
}
`,
    );
    writeFileSync(join(module, 'serve.go'), 'package fixes\n\nfunc (p *pool) serve() { p.jobs <- 1 }\n');
    const found = async (...args: string[]) => {
      const run = await lockstep(module, 'check', ...args, '--json');
      const { findings } = JSON.parse(run.stdout);
      return { code: run.code, findings: findings.map(({ kind, severity }: Finding) => `${kind} ${severity}`) };
    };
    // Who sends is in another file.
    assert.deepEqual(await found('pool.go'), { code: 1, findings: ['busy-loop warning'] });
    assert.deepEqual(await found('serve.go'), { code: 0, findings: [] });
    assert.deepEqual(await found('pool.go', '--severity', 'busy-loop=error'), {
      code: 1,
      findings: ['busy-loop error'],
    });
    assert.deepEqual(await found('pool.go', '--severity=busy-loop=off'), { code: 0, findings: [] });
    const wrong = await lockstep(module, 'check', '--severity', 'busy=off');
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /there is no check "busy"/);
    const sarif = join(module, 'out.sarif');
    await lockstep(module, 'check', 'pool.go', '--severity', 'busy-loop=hint', '--sarif', sarif);
    assert.equal(JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results[0].level, 'note');
    const text = readFileSync(join(module, 'pool.go'), 'utf8');
    writeFileSync(
      join(module, 'pool.go'),
      text.replace('\t\tdefault:', '\t\t//lockstep:ignore busy-loop\n\t\tdefault:'),
    );
    assert.deepEqual(await found('pool.go'), { code: 0, findings: [] });
  });

  it('returns what it found when it is cancelled, and leaves no process behind', async () => {
    const directory = copyOf('examples');
    const child = start(directory, ['test', './...', '--budget', '600s', '--json']);
    const end = ended(child);
    await until(() => existsSync(join(directory, '.lockstep', 'findings')));
    child.kill('SIGINT');
    const run = await end;
    const { findings } = documentOf(run);
    assert.match(run.stderr, /cancelled/);
    assert.ok(findings.length > 0);
    assert.equal(run.code, 1);
    assert.deepEqual(survivors(), []);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`leaves no grandchild behind when it is ended by ${signal}`, async () => {
      const mark = join(home, `started-${signal}`);
      const child = start(program('cli-foreign'), ['test', '--run', 'TestGrandchild', '--budget', '600s'], {
        GRANDCHILD_STARTED: mark,
      });
      const end = ended(child);
      await until(() => existsSync(mark));
      child.kill(signal);
      await end;
      const sleeping = () => execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
      await until(() => !sleeping().some((line) => line.includes('sleep 1000.5') && !line.startsWith('Z')));
      await until(() => survivors().length === 0);
    });
  }

  it('explores where coverage is asked for, and says that it is not measured', async () => {
    const asked = ['test', './counter', '--run', 'TestFixedViews', '--schedules', '5', '-coverprofile=c.out'];
    const run = await ended(start(copyOf('examples'), asked, { GOFLAGS: '-covermode=atomic' }));
    assert.equal(run.code, 0, run.stderr);
    for (const flag of ['--coverprofile', '-covermode=atomic of GOFLAGS']) {
      assert.ok(run.stderr.includes(`lockstep: ${flag} is left out: `), run.stderr);
    }
  });

  describe('what cannot be done is said in one line, ending with 2', () => {
    const refused: [string, string[], RegExp][] = [
      ['no verb', [], /say what to do/],
      [
        'an unknown verb',
        ['explode'],
        /there is no "explode"; lockstep knows test, merge, record, replay, minimise, check, analyze, trace, predict, dataset, evaluate, bench/,
      ],
      ['an unknown flag', ['test', '--fast'], /Unknown option '--fast'/],
      ['a bad duration', ['test', '--budget', 'soon'], /--budget: "soon" is not a duration/],
      ['a bad count', ['replay', 'abc', '--times', '0'], /--times takes a whole number from 1 on, not "0"/],
      [
        'a strategy that is not there',
        ['test', '--strategy', 'magic'],
        /--strategy takes auto, random, .*, not "magic"/,
      ],
      ['a bad expression', ['test', '--run', '('], /--run \(: /],
      ['no finding', ['replay'], /say which finding/],
      ['a finding that is not there', ['replay', 'abcabc'], /There is no finding abcabc/],
      ['a trace that is not there', ['trace', 'print', 'gone.trace'], /no such file/],
      [
        'a file that is no trace',
        ['trace', 'print', 'go.mod'],
        /go\.mod: neither a trace of Lockstep nor of RAPID's STD form: Line 1/,
      ],
      ['a package that is not there', ['test', './nowhere'], /nowhere/],
    ];
    for (const [name, args, said] of refused) {
      it(name, async () => {
        const run = await lockstep(copyOf('examples'), ...args);
        assert.equal(run.code, 2, run.stdout);
        assert.equal(run.stdout, '');
        const complaints = run.stderr.split('\n').filter((line) => line.startsWith('lockstep: '));
        assert.equal(complaints.length, 1, run.stderr);
        assert.match(complaints[0] ?? '', said);
      });
    }

    it('no Go on the PATH', async () => {
      const empty = join(home, 'empty');
      mkdirSync(empty, { recursive: true });
      const run = await ended(start(copyOf('examples'), ['test'], { PATH: empty, GO: 'go', GOROOT: '' }));
      assert.equal(run.code, 2);
      assert.match(run.stderr, /^lockstep: There is no go command at go; /m);
    });
  });
});
