/** What a page is sent: traces of the store, by way of the server, or a file that was opened by itself. */
import * as vscode from 'vscode';
import { type BranchResult, type FindingReference, TRACE, type TraceResult } from '../../protocol/messages';
import type { ToTracePage } from '../../protocol/webview';
import { orNothing } from '../answer';
import type { LockstepContext } from '../lockstep-context';
import { isInStore } from '../workspace-paths';

const OUTSIDE = vscode.l10n.t('The trace is not in the store of a module of this workspace.');

export async function ofFinding({ server }: LockstepContext, finding: FindingReference): Promise<ToTracePage> {
  const result = await orNothing(server.sendRequest<TraceResult>(TRACE, finding));
  if (result.type !== 'trace')
    return result.type === 'problem' ? result : { type: 'problem', problem: vscode.l10n.t('Cancelled.') };
  const file = vscode.Uri.parse(result.uri);
  if (!isInStore(vscode.Uri.parse(result.root), file)) return { type: 'problem', problem: OUTSIDE };
  const bytes = await bytesOf(file);
  if (typeof bytes === 'string') return { type: 'problem', problem: bytes };
  const { finding: shown, turns, counts } = result;
  return { type: 'trace', bytes, finding: shown, turns, counts, state: { root: finding.root, id: finding.id } };
}

export async function ofFile(file: vscode.Uri): Promise<ToTracePage> {
  const bytes = await bytesOf(file);
  if (typeof bytes === 'string') return { type: 'problem', problem: bytes };
  return { type: 'trace', bytes, turns: [], counts: [] };
}

export async function ofBranch(
  root: string,
  result: Extract<BranchResult, { type: 'ran' }>,
  title: string,
  compare: boolean,
): Promise<ToTracePage> {
  const file = vscode.Uri.parse(result.uri);
  if (!isInStore(vscode.Uri.parse(root), file)) return { type: 'refused', problem: OUTSIDE };
  const bytes = await bytesOf(file);
  if (typeof bytes === 'string') return { type: 'refused', problem: bytes };
  const { run, outcome, passed, turns } = result;
  return { type: 'run', bytes, run, outcome, passed, turns, counts: [], title, compare };
}

/** The problem in a sentence when it cannot be read. A plain array: Node's Buffer does not travel to a webview as bytes. */
async function bytesOf(file: vscode.Uri): Promise<Uint8Array | string> {
  try {
    return new Uint8Array(await vscode.workspace.fs.readFile(file));
  } catch (error) {
    return vscode.l10n.t('The trace could not be read: {0}', error instanceof Error ? error.message : String(error));
  }
}
