/**
 * Which finding does a command mean: the one it was given, the one at the cursor, or the user's choice.
 * Server capability: lockstep/findings. Command: those that act on a finding. View: the choice.
 */
import * as vscode from 'vscode';
import { FINDINGS, type FindingReference, type FindingSummary, type FindingsParams } from '../protocol/messages';
import type { LockstepContext } from './lockstep-context';

/** Said when there is no finding with a trace to show. */
export const NO_TRACE = vscode.l10n.t('No finding has a trace yet. Explore a test first.');

export function isFindingReference(value: unknown): value is FindingReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'root' in value &&
    typeof value.root === 'string' &&
    'id' in value &&
    typeof value.id === 'string'
  );
}

/** The argument of a command: a finding, or the item that shows one in the Findings view. */
export function referenceOf(argument: unknown): FindingReference | undefined {
  if (isFindingReference(argument)) return { root: argument.root, id: argument.id };
  if (typeof argument !== 'object' || argument === null || !('finding' in argument)) return undefined;
  return referenceOf(argument.finding);
}

/** Where only one fits it is meant. Undefined when the user chose none, or there is none; the latter is said. */
export async function resolveFinding(
  context: LockstepContext,
  argument: unknown,
  fits: (finding: FindingSummary) => boolean,
  nothing: string,
): Promise<FindingReference | undefined> {
  const given = referenceOf(argument);
  if (given !== undefined) return given;
  const here = (await findingsAtCursor(context)).filter(fits);
  const offered = here.length > 0 ? here : (await request(context, {})).filter(fits);
  if (offered.length === 0) {
    void vscode.window.showInformationMessage(nothing);
    return undefined;
  }
  if (offered.length === 1) return offered[0];
  const chosen = await vscode.window.showQuickPick(
    offered.map((finding) => ({ label: finding.message, description: finding.where, detail: finding.test, finding })),
    { title: vscode.l10n.t('Which finding?'), matchOnDescription: true, matchOnDetail: true },
  );
  return chosen?.finding;
}

async function findingsAtCursor(context: LockstepContext): Promise<FindingSummary[]> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.document.languageId !== 'go') return [];
  const { line, character } = editor.selection.active;
  return request(context, { at: { uri: editor.document.uri.toString(), position: { line, character } } });
}

async function request({ server }: LockstepContext, params: FindingsParams): Promise<FindingSummary[]> {
  await server.ready();
  return server.sendRequest<FindingSummary[]>(FINDINGS, params);
}
