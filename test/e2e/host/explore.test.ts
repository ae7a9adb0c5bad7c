// From the CodeLens to the finding at its lines, the replay, and what an edit does to it.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ExploreResult, ReplayResult } from '../../../protocol/messages';
import { closeAll, eventually, fileUri, hoverText, lenses, open, withCode } from './editor';

describe('exploring a test', () => {
  const source = fileUri('podstatus/podstatus.go');
  const test = fileUri('podstatus/podstatus_test.go');
  before(() => setting('explore.seconds', 4));
  after(async () => {
    await setting('explore.seconds', undefined);
    await closeAll();
  });

  it('is offered above each test', async () => {
    await open('podstatus/podstatus_test.go');
    const offered = await eventually(async () => {
      const found = (await lenses(test)).filter(({ title }) => title === 'Explore interleavings');
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual(
      offered.map(({ line }) => line),
      [9, 24],
    );
  });

  it('finds the deadlock and marks every line that takes part', async () => {
    const [lens] = (await lenses(test)).filter(({ title }) => title === 'Explore interleavings');
    assert.ok(lens);
    const result = await vscode.commands.executeCommand<ExploreResult>(
      lens.command.command,
      ...(lens.command.arguments ?? []),
    );
    assert.equal(result.type, 'explored');
    assert.equal(result.type === 'explored' && result.findings[0]?.kind, 'deadlock');
    const diagnostic = await eventually(() => withCode(source, 'deadlock'));
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(diagnostic.range.start.line + 1, 45);
    const places = (diagnostic.relatedInformation ?? []).map(
      ({ location }) => `${location.uri.path.split('/').at(-1)}:${location.range.start.line + 1}`,
    );
    for (const place of ['podstatus.go:45', 'podstatus.go:33', 'podstatus.go:42']) {
      assert.ok(places.includes(place), `${place} is not among ${places.join(', ')}`);
    }
  });

  it('says above the test what came of it', async () => {
    const title = await eventually(async () =>
      (await lenses(test)).map((lens) => lens.title).find((text) => /^1 finding in/.test(text)),
    );
    assert.match(title, /^1 finding in [\d,]+ interleavings/);
  });

  it('offers the replay on the send that waits, and shows it every time', async () => {
    await open('podstatus/podstatus.go');
    const lens = await eventually(async () =>
      (await lenses(source)).find(({ title }) => title === 'Replay this deadlock'),
    );
    assert.equal(lens.line, 45);
    const result = await vscode.commands.executeCommand<ReplayResult>(
      lens.command.command,
      ...(lens.command.arguments ?? []),
    );
    assert.deepEqual(result, { type: 'replayed', replays: 20, replayed: 20, cancelled: false });
    const page = await eventually(() =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('lockstep.trace')),
    );
    assert.equal(page.label, 'Lockstep Trace');
  });

  it('shows the trace as text', async () => {
    const editor = await open('podstatus/podstatus.go');
    editor.selection = new vscode.Selection(44, 1, 44, 1);
    await vscode.commands.executeCommand('lockstep.openTraceText');
    const document = await eventually(() =>
      vscode.workspace.textDocuments.find(({ languageId }) => languageId === 'lockstep-trace'),
    );
    assert.match(document.getText(), /^lockstep-trace 1$/m);
    assert.equal(document.uri.scheme, 'lockstep-trace');
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    const lineOf = (link: vscode.DocumentLink) => document.lineAt(link.range.start.line).text.trim();
    const [site] = links.filter((link) => /^site podstatus\/podstatus\.go:45:2 send /.test(lineOf(link)));
    assert.equal(site?.target?.toString(), source.with({ fragment: 'L45,2' }).toString());
    assert.equal(document.getText(site?.range), 'podstatus/podstatus.go:45:2');
    for (const kind of [/^goroutine 1\.1 /, /^object /, /^frame .*SetPodStatus /, /^\d+ +1\.\d +send /])
      assert.ok(
        links.some((link) => kind.test(lineOf(link))),
        String(kind),
      );
    // Those of Go itself lie elsewhere.
    assert.ok(!links.some((link) => lineOf(link).endsWith('outside=yes')));
  });

  it('answers a hover with what happens next, what that rests on, and the way to the trace', async () => {
    const text = await eventually(async () => {
      const found = await hoverText(source, 45, 3);
      return found.includes('What happens next') ? found : undefined;
    });
    assert.match(text, /blocked for ever/);
    assert.match(text, /Rests on [\d,]+ times in [\d,]+ runs/);
    assert.match(text, /Depends on who comes first: .*receives/);
    assert.match(text, /open the trace of the deadlock/);
  });

  it('says over a go statement what becomes of its goroutine', async () => {
    const document = await vscode.workspace.openTextDocument(source);
    const line =
      document
        .getText()
        .split('\n')
        .findIndex((text) => /^\s*go /.test(text)) + 1;
    const text = await eventually(async () => {
      const found = await hoverText(source, line, (document.lineAt(line - 1).text.indexOf('go ') ?? 0) + 1);
      return found.includes('What becomes of the goroutine') ? found : undefined;
    });
    assert.match(text, /waits for ever/);
    assert.match(text, /Rests on [\d,]+ runs of this program/);
  });

  it('shows the likeliest behind operations where that is asked for', async () => {
    await open('podstatus/podstatus.go');
    const hints = () =>
      vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        source,
        new vscode.Range(0, 0, 60, 0),
      );
    assert.deepEqual(await hints(), []);
    await setting('inlayHints.enabled', true);
    const shown = await eventually(async () => {
      const found = await hints();
      return found.length > 0 ? found : undefined;
    });
    const send = shown.find(({ position }) => position.line === 44);
    assert.match(String(send?.label), /^\d+ % (?:goes on at once|waits, then goes on|blocked for ever)$/);
    await setting('inlayHints.enabled', undefined);
  });

  it('moves with edits elsewhere, grows old with edits inside, and goes with its line', async () => {
    const editor = await open('podstatus/podstatus.go');
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// One line more.\n'));
    await eventually(() => (withCode(source, 'deadlock')?.range.start.line === 45 ? true : undefined));
    assert.equal(withCode(source, 'deadlock')?.severity, vscode.DiagnosticSeverity.Error);

    await editor.edit((edit) => edit.insert(new vscode.Position(43, 0), '\t_ = status\n'));
    const old = await eventually(() => {
      const diagnostic = withCode(source, 'deadlock');
      return diagnostic?.severity === vscode.DiagnosticSeverity.Hint ? diagnostic : undefined;
    });
    assert.match(old.message, /^May be out of date/);

    const line = editor.document.lineAt(old.range.start.line);
    await editor.edit((edit) => edit.delete(line.rangeIncludingLineBreak));
    await eventually(() => (withCode(source, 'deadlock') === undefined ? true : undefined));
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await eventually(() => (withCode(source, 'deadlock')?.range.start.line === 44 ? true : undefined));
  });
});

describe('exploring a leak', () => {
  const source = fileUri('fetch/fetch.go');
  before(() => setting('explore.seconds', 3));
  after(async () => {
    await setting('explore.seconds', undefined);
    await closeAll();
  });

  it('warns on the operation that leaks and on the go statement', async () => {
    const uri = fileUri('fetch/fetch_test.go').toString();
    await open('fetch/fetch_test.go');
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', { uri, test: 'TestFirst' });
    assert.equal(result.type, 'explored');
    await open('fetch/fetch.go');
    const found = await eventually(async () => {
      const all = await lenses(source);
      return all.some(({ title }) => /leaks here/.test(title)) ? all : undefined;
    });
    const warning = found.find(({ title }) => /leaks here/.test(title));
    assert.equal(warning?.line, 22);
    assert.match(warning?.title ?? '', /leaks here with probability \d+ % \(\d+–\d+\)$/);
    assert.equal(found.find(({ title }) => /started here leaks/.test(title))?.line, 20);
    assert.equal(withCode(source, 'goroutine-leak')?.range.start.line, 21);
    assert.equal(withCode(source, 'abandoned-channel'), undefined, 'the suspicion says nothing more');
  });

  it('shows what happened next at the select', async () => {
    const text = await eventually(async () => {
      const found = await hoverText(source, 26, 3);
      return found.includes('What happens next') ? found : undefined;
    });
    assert.match(text, /case answer := <-answers/);
    assert.match(text, /case <-time\.After\(time\.Second\)/);
  });

  it('says in one sentence when a test cannot be built', async () => {
    const path = fileUri('fetch/broken_test.go');
    const text = 'package fetch\n\nimport "testing"\n\nfunc TestBroken(t *testing.T) { undefined() }\n';
    await vscode.workspace.fs.writeFile(path, new TextEncoder().encode(text));
    try {
      const argument = { uri: path.toString(), test: 'TestBroken' };
      const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
      assert.equal(result.type, 'problem');
      assert.match(result.type === 'problem' ? result.problem : '', /undefined/);
    } finally {
      await vscode.workspace.fs.delete(path);
    }
  });
});

async function setting(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('lockstep').update(key, value, vscode.ConfigurationTarget.Workspace);
}
