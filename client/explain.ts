/**
 * The page that explains a kind of finding: what it is, an example, what mends it. It is packed with the extension.
 * Server capability: none (the codes of diagnostics name the command). Command: lockstep.explain. View: Problems, menu of
 * lockstep.findings.
 */
import * as vscode from 'vscode';
import { FINDING_KINDS } from '../protocol/finding';
import { COMMANDS } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

const PAGES = 'docs/findings';

export function activate({ extension }: LockstepContext): void {
  extension.subscriptions.push(
    vscode.commands.registerCommand(COMMANDS.explain, async (argument: unknown) => {
      const kind = kindOf(argument);
      const page = vscode.Uri.joinPath(extension.extensionUri, PAGES, `${kind ?? 'README'}.md`);
      // Without VS Code's own Markdown extension there is its text.
      const preview = vscode.extensions.getExtension('vscode.markdown-language-features') !== undefined;
      await vscode.commands.executeCommand(preview ? 'markdown.showPreview' : 'vscode.open', page);
      return page;
    }),
  );
}

/** A kind, or the kind of an item that shows a finding; undefined: no kind that there is. */
function kindOf(argument: unknown): string | undefined {
  if (typeof argument === 'object' && argument !== null) {
    if ('finding' in argument) return kindOf(argument.finding);
    if ('kind' in argument) return kindOf(argument.kind);
  }
  return FINDING_KINDS.find((kind) => kind === argument);
}
