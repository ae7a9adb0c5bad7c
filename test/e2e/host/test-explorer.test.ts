// The Test Explorer: what is in it, what runs of it say of tests and subtests, and that it runs again on save.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { LockstepApi } from '../../../client/main';
import { closeAll, eventually, fileUri, open, write } from './editor';

const TEST = `package steps

import (
	"sync"
	"testing"
)

func TestSteps(t *testing.T) {
	t.Run("sound one", func(t *testing.T) {
		var wg sync.WaitGroup
		wg.Add(1)
		go func() { wg.Done() }()
		wg.Wait()
	})
	t.Run("stuck", func(t *testing.T) {
		answers := make(chan int)
		go func() { answers <- 1 }()
		go func() { answers <- 2 }()
		<-answers
	})
}

func TestSound(t *testing.T) {
	done := make(chan bool)
	go func() { close(done) }()
	<-done
}
`;

/** What runs say: `failed TestX`. */
class Record {
  readonly states: string[] = [];
  readonly messages = new Map<string, readonly vscode.TestMessage[]>();
  output = '';
  ended = 0;

  /** The run shows as it would, and is written down as well. */
  of(run: vscode.TestRun): vscode.TestRun {
    const { passed, failed, errored, skipped, appendOutput, end } = run;
    const note = (word: string, { id }: vscode.TestItem) => this.states.push(`${word} ${id}`);
    return Object.assign(run, {
      passed: (...given: Parameters<typeof passed>) => {
        note('passed', given[0]);
        passed.apply(run, given);
      },
      failed: (...given: Parameters<typeof failed>) => {
        note('failed', given[0]);
        this.messages.set(given[0].id, [given[1]].flat());
        failed.apply(run, given);
      },
      errored: (...given: Parameters<typeof errored>) => {
        note('errored', given[0]);
        errored.apply(run, given);
      },
      skipped: (...given: Parameters<typeof skipped>) => {
        note('skipped', given[0]);
        skipped.apply(run, given);
      },
      appendOutput: (...given: Parameters<typeof appendOutput>) => {
        this.output += given[0];
        appendOutput.apply(run, given);
      },
      end: () => {
        this.ended++;
        end.apply(run);
      },
    });
  }
}

describe('the Test Explorer', () => {
  let tests: LockstepApi['tests'];
  let createTestRun: vscode.TestController['createTestRun'];
  let record: Record;
  const file = () => tests.controller.items.get(fileUri('steps/steps_test.go').toString());
  const test = (name: string) => {
    const found = file()?.children.get(name);
    assert.ok(found, `${name} is not there`);
    return found;
  };
  const set = (key: string, value: unknown) =>
    vscode.workspace.getConfiguration('lockstep').update(key, value, vscode.ConfigurationTarget.Workspace);

  before(async () => {
    await write('steps/steps_test.go', TEST);
    await set('explore.seconds', 3);
    await open('podstatus/podstatus.go');
    const extension = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go');
    assert.ok(extension);
    ({ tests } = await extension.activate());
    const { controller } = tests;
    createTestRun = controller.createTestRun;
    controller.createTestRun = (...given) => record.of(createTestRun.apply(controller, given));
  });
  beforeEach(() => {
    record = new Record();
  });
  after(async () => {
    tests.controller.createTestRun = createTestRun;
    await set('explore.seconds', undefined);
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('steps'), { recursive: true });
  });

  async function run(items: vscode.TestItem[], continuous = false): Promise<vscode.CancellationTokenSource> {
    const cancellation = new vscode.CancellationTokenSource();
    const [profile] = tests.profiles;
    assert.ok(profile);
    const request = new vscode.TestRunRequest(items, undefined, profile, continuous);
    await profile.runHandler(request, cancellation.token);
    return cancellation;
  }

  it('has a file for each file of tests, which is looked into when it is opened', async () => {
    await tests.controller.resolveHandler?.(undefined);
    const labels = [...tests.controller.items].map(([, { label }]) => label);
    for (const label of ['counter/counter_test.go', 'fetch/fetch_test.go', 'steps/steps_test.go'])
      assert.ok(labels.includes(label), `${label} is not among ${labels.join(', ')}`);
    assert.equal(file()?.children.size, 0);
    await tests.controller.resolveHandler?.(file());
    const names = ['TestSteps', 'TestSound'].map((name) => [...test(name).children].map(([, { label }]) => label));
    assert.deepEqual(names, [['sound_one', 'stuck'], []]);
    assert.equal(test('TestSound').range?.start.line, 22);
  });

  it('explores with and without the race detector, also on save', () => {
    assert.deepEqual(
      tests.profiles.map(({ label, isDefault, supportsContinuousRun }) => [label, isDefault, supportsContinuousRun]),
      [
        ['Explore interleavings', true, true],
        ['Explore interleavings with race detector', false, true],
      ],
    );
  });

  it('says which test and which subtest has a bug, at the lines that take part', async () => {
    const item = file();
    assert.ok(item);
    await run([item]);
    assert.deepEqual(record.states.sort(), [
      'failed TestSteps',
      'failed TestSteps/stuck',
      'passed TestSound',
      'passed TestSteps/sound_one',
    ]);
    assert.equal(record.ended, 1);
    const [message] = record.messages.get('TestSteps/stuck') ?? [];
    assert.equal(message?.location?.uri.toString(), fileUri('steps/steps_test.go').toString());
    assert.ok([16, 17].includes(message?.location?.range.start.line ?? -1));
    assert.ok((message?.stackTrace ?? []).length >= 2);
    assert.match(record.output, /TestSteps: \d findings? in [\d,]+ interleavings, .* schedules\/s/);
  });

  it('says so when a test cannot be built', async () => {
    await write('steps/broken_test.go', 'package steps\n\nfunc broken() { undefined() }\n');
    await run([test('TestSound')]);
    assert.deepEqual(record.states, ['errored TestSound']);
    assert.match(record.output, /undefined/);
    await vscode.workspace.fs.delete(fileUri('steps/broken_test.go'));
  });

  it('explores again when a file of the package is saved, until it is told to stop', async () => {
    const cancellation = await run([test('TestSound')], true);
    assert.deepEqual(record.states, ['passed TestSound']);
    const editor = await open('steps/steps_test.go');
    await editor.edit((edit) => edit.replace(new vscode.Range(23, 0, 24, 0), '\tdone := make(chan bool, 1)\n'));
    await editor.document.save();
    await eventually(() => (record.ended === 2 ? true : undefined));
    assert.deepEqual(record.states, ['passed TestSound', 'passed TestSound']);
    cancellation.cancel();
  });

  it('shows what a command has explored, too', async () => {
    const argument = { uri: fileUri('steps/steps_test.go').toString(), test: 'TestSound' };
    await vscode.commands.executeCommand('lockstep.explore', argument);
    await eventually(() => (record.ended === 1 ? true : undefined));
    assert.deepEqual(record.states, ['passed TestSound']);
  });
});
