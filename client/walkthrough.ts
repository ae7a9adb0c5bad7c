/**
 * Ticks the steps of the walkthrough. It sees commands itself, but not those with arguments, as lenses and views have them.
 * Server capability: none. Command: none. View: walkthrough.
 */
import * as vscode from 'vscode';

/** For steps that end with `onContext:lockstep.explore.done`. */
export function noteDone(command: string): void {
  void vscode.commands.executeCommand('setContext', `${command}.done`, true);
}
