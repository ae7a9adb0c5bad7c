// The Findings view: what it shows of a finding, and each of its actions.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FindingNode } from '../../../client/finding-nodes';
import type { LockstepApi } from '../../../client/main';
import type { ExploreResult, FindingDetail, MinimiseResult } from '../../../protocol/messages';
import { abandonedIn } from '../../abandoned';
import { closeAll, eventually, fileUri, open, withCode, write } from './editor';

const SOURCE = `package mailbox

type Box struct{ letters chan string }

func (b *Box) Put(letter string) { b.letters <- letter }
`;

const TEST = `package mailbox

import "testing"

func TestBox(t *testing.T) {
	b := &Box{letters: make(chan string)}
	go b.Put("one")
	go b.Put("two")
	<-b.letters
}
`;

const UNSERVED = abandonedIn('mailbox');

describe('the Findings view', () => {
  let view: LockstepApi['findings'];
  const source = fileUri('mailbox/mailbox.go');
  const test = fileUri('mailbox/mailbox_test.go');
  const lockstep = () => vscode.workspace.getConfiguration('lockstep');
  const set = (key: string, value: unknown) => lockstep().update(key, value, vscode.ConfigurationTarget.Workspace);
  const children = async (node?: FindingNode) => (await view.provider.getChildren(node)) ?? [];
  const item = (node: FindingNode) => view.provider.getTreeItem(node) as vscode.TreeItem;
  const labels = (nodes: readonly FindingNode[]) => nodes.map((node) => String(item(node).label));

  /** The leak of TestBox, with the label of its group. */
  async function leak(): Promise<{ group: string; node: Extract<FindingNode, { type: 'finding' }> } | undefined> {
    for (const group of await children()) {
      for (const node of await children(group)) {
        if (node.type === 'finding' && !node.finding.isStatic && node.finding.test === 'TestBox')
          return { group: String(item(group).label), node };
      }
    }
    return undefined;
  }
  const found = (wanted: (finding: FindingDetail) => boolean) =>
    eventually(async () => {
      const one = await leak();
      return one && wanted(one.node.finding) ? one : undefined;
    });

  before(async () => {
    await write('mailbox/mailbox.go', SOURCE);
    await write('mailbox/mailbox_test.go', TEST);
    await set('explore.seconds', 3);
    await open('mailbox/mailbox.go');
    const extension = vscode.extensions.getExtension<LockstepApi>('lockstep.lockstep-go');
    assert.ok(extension);
    view = (await extension.activate()).findings;
    const argument = { uri: test.toString(), test: 'TestBox' };
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.explore', argument);
    assert.equal(result.type, 'explored');
  });
  after(async () => {
    await set('explore.seconds', undefined);
    await set('intended', undefined);
    await vscode.commands.executeCommand('lockstep.groupByKind');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await closeAll();
    await vscode.workspace.fs.delete(fileUri('mailbox'), { recursive: true });
  });

  it('shows a finding by its kind, with why, where, how sure and since when', async () => {
    const { group, node } = await found(({ verdict }) => verdict === 'confirmed');
    assert.equal(group, 'goroutine leak');
    assert.equal((item(node).iconPath as vscode.ThemeIcon).id, 'error');
    assert.equal(item(node).label, 'mailbox.go:5');
    assert.match(String(item(node).description), /^TestBox · Goroutine .* waits to send/);
    const told = (await children(node)).map((one) => `${item(one).label} ${item(one).description ?? ''}`.trim());
    assert.match(told[0] ?? '', /^1\. /);
    assert.ok(told.some((text) => /^mailbox\.go:5 .*waits to send/.test(text)));
    assert.ok(told.some((label) => /^replayed \d+ of \d+ times, first in schedule/.test(label)));
    assert.ok(told.some((label) => /^First seen /.test(label)));
    const [first] = node.finding.sites;
    assert.equal(first?.uri, source.toString());
    assert.equal(first?.position.line, 4);
  });

  it('groups by file when it is told to, and remembers', async () => {
    await vscode.commands.executeCommand('lockstep.groupByFile');
    assert.equal((await found(() => true)).group, 'mailbox/mailbox.go');
    await vscode.commands.executeCommand('lockstep.groupByKind');
    assert.equal((await found(() => true)).group, 'goroutine leak');
  });

  it('opens the trace of a finding, and replays it', async () => {
    const { node } = await found(() => true);
    const result = await vscode.commands.executeCommand<{ type: string; replayed: number }>('lockstep.replay', node);
    assert.deepEqual([result.type, result.replayed], ['replayed', 20]);
    await vscode.commands.executeCommand('lockstep.openTrace', node);
    await eventually(() =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('lockstep.trace')),
    );
  });

  it('minimises its schedule', async () => {
    const { node } = await found(() => true);
    const result = await vscode.commands.executeCommand<MinimiseResult>('lockstep.minimise', node);
    assert.equal(result.type, 'minimised');
    if (result.type !== 'minimised') return;
    const { before, after, tried } = result;
    assert.ok(tried > 0);
    assert.ok(after.preemptions <= before.preemptions);
    const folder = '.lockstep/schedules';
    const stored = await vscode.workspace.fs.readFile(fileUri(`${folder}/${node.finding.id}.json`));
    const { preemptions, steps } = JSON.parse(new TextDecoder().decode(stored));
    assert.deepEqual({ preemptions, steps: steps.length }, after);
  });

  it('is drawn anew only where something has changed', async () => {
    const { node } = await found(() => true);
    const drawn: unknown[] = [];
    const listening = view.provider.onDidChangeTreeData?.((what) => drawn.push(what));
    // The editor hears of another severity, and the view has nothing to say of it.
    const suspected = await write('mailbox/unused.go', UNSERVED);
    await open('mailbox/unused.go');
    const marked = (severity: vscode.DiagnosticSeverity) =>
      eventually(() => (withCode(suspected, 'abandoned-channel')?.severity === severity ? true : undefined));
    await marked(vscode.DiagnosticSeverity.Warning);
    await view.refresh();
    const told = drawn.length;
    assert.ok(told > 0, 'the suspicion is new');
    await set('checks', { 'abandoned-channel': 'hint' });
    await marked(vscode.DiagnosticSeverity.Hint);
    await view.refresh();
    assert.equal(drawn.length, told);
    const same = await found(() => true);
    assert.equal(same.node, node);
    await vscode.commands.executeCommand('lockstep.replay', node);
    const counted = ({ evidence }: FindingDetail) => evidence.some((text) => /^replayed 4\d of/.test(text));
    assert.equal((await found(counted)).node, node);
    await view.refresh();
    const counts = (await children(node)).filter((one) => one.type === 'fact' && /^replayed 4\d of/.test(one.text));
    assert.equal(counts.length, 1);
    assert.deepEqual(drawn.slice(told), [counts]);
    listening?.dispose();
    await set('checks', undefined);
    await closeAll();
    await vscode.workspace.fs.delete(suspected);
    await open('mailbox/mailbox.go');
  });

  it('names the other tests that have shown it', async () => {
    const { node } = await found(() => true);
    const file = fileUri(`.lockstep/findings/${node.finding.id}.json`);
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    const finding = JSON.parse(text);
    const { kind, sites } = finding;
    const alsoSeen = [{ kind, message: 'Goroutine 1.7 waits as well', sites, test: 'TestOtherBox' }];
    // At once, as the store does it: whoever read half of it would have to be told again.
    const write = async (content: string): Promise<void> => {
      const beside = fileUri(`.lockstep/${finding.id}.tmp`);
      await vscode.workspace.fs.writeFile(beside, new TextEncoder().encode(content));
      await vscode.workspace.fs.rename(beside, file, { overwrite: true });
    };
    await write(JSON.stringify({ ...finding, alsoSeen }));
    const other = await found((one) => one.alsoSeen.length > 0);
    assert.equal(other.node, node);
    const nodes = await children(other.node);
    const seen = nodes.find(({ type }) => type === 'seen');
    assert.ok(seen);
    assert.equal(item(seen).label, 'Also seen in TestOtherBox');
    assert.equal(item(seen).description, 'Goroutine 1.7 waits as well');
    assert.equal(item(seen).command?.arguments?.[0].toString(), source.toString());
    await write(text);
    await found((one) => one.alsoSeen.length === 0);
  });

  it('copies a finding as Markdown', async () => {
    const { node } = await found(() => true);
    await vscode.commands.executeCommand('lockstep.copyMarkdown', node);
    const text = await vscode.env.clipboard.readText();
    assert.match(text, /## Lockstep: 1 finding/);
    assert.match(text, /mailbox\/mailbox\.go:5/);
    assert.match(text, new RegExp(`lockstep replay ${node.finding.id}`));
  });

  it('exports all findings in each format', async () => {
    const read = async (format: string) => {
      const uri = fileUri(`mailbox/out.${format}`);
      await vscode.commands.executeCommand('lockstep.exportFindings', { format, uri });
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    };
    const { node } = await found(() => true);
    const { findings } = JSON.parse(await read('json'));
    assert.ok(findings.some(({ id }: { id: string }) => id === node.finding.id));
    assert.equal(JSON.parse(await read('sarif')).version, '2.1.0');
    assert.match(await read('markdown'), /^## Lockstep: /);
  });

  it('takes a finding for intended, in the settings of the repository, and not for a problem', async () => {
    const { node } = await found(() => true);
    await eventually(() => withCode(source, 'goroutine-leak'));
    await vscode.commands.executeCommand('lockstep.markIntended', node, 'the process ends anyway');
    const intended = await found((finding) => finding.intended !== undefined);
    assert.equal(intended.group, 'intended');
    assert.ok(labels(await children(intended.node)).includes('Intended: the process ends anyway'));
    await eventually(() => (withCode(source, 'goroutine-leak') === undefined ? true : undefined));
    const settings = new TextDecoder().decode(await vscode.workspace.fs.readFile(fileUri('.vscode/settings.json')));
    assert.equal(JSON.parse(settings)['lockstep.intended'][node.finding.id], 'the process ends anyway');
    await vscode.commands.executeCommand('lockstep.unmarkIntended', intended.node);
    await found((finding) => finding.intended === undefined);
    await eventually(() => withCode(source, 'goroutine-leak'));
  });

  it('says when the code has changed, and checks again', async () => {
    const editor = await open('mailbox/mailbox.go');
    const only = '\tif letter == "one" {\n\t\tb.letters <- letter\n\t}';
    const mended = `func (b *Box) Put(letter string) {\n${only}\n}\n`;
    await editor.edit((edit) => edit.replace(new vscode.Range(4, 0, 5, 0), mended));
    await editor.document.save();
    const { node } = await found(({ current }) => !current);
    assert.equal((item(node).iconPath as vscode.ThemeIcon).id, 'history');
    assert.match(item(node).contextValue ?? '', /\bagain stale\b/);
    await vscode.commands.executeCommand('lockstep.checkStaleAgain');
    await eventually(async () => ((await leak()) === undefined ? true : undefined));
  });

  it('checks a single finding again', async () => {
    const editor = await open('mailbox/mailbox.go');
    const all = new vscode.Range(0, 0, editor.document.lineCount, 0);
    await editor.edit((edit) => edit.replace(all, SOURCE));
    const argument = { uri: test.toString(), test: 'TestBox' };
    await vscode.commands.executeCommand('lockstep.explore', argument);
    const { node } = await found(({ verdict }) => verdict === 'confirmed');
    const result = await vscode.commands.executeCommand<ExploreResult>('lockstep.checkAgain', node);
    assert.equal(result.type, 'explored');
    assert.ok(await leak(), 'it is still there');
  });
});
