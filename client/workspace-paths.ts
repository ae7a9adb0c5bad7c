/** Which files the extension may open for a page or a server answer: those of the workspace's modules. */
import * as vscode from 'vscode';
import { STORE_FOLDER } from '../protocol/settings';

/** `inner` is `outer` or stands below it. Both are normalised by Uri. */
function contains(outer: vscode.Uri, inner: vscode.Uri): boolean {
  if (outer.scheme !== inner.scheme || outer.authority !== inner.authority) return false;
  const folder = outer.path.endsWith('/') ? outer.path : `${outer.path}/`;
  return `${inner.path}/`.startsWith(folder);
}

/** A module root counts when it is in a workspace folder, or a workspace folder is a part of the module. */
export function isModuleRoot(root: vscode.Uri): boolean {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.some(({ uri }) => contains(uri, root) || contains(root, uri));
}

/** The file of a module that a relative path with forward slashes names; undefined when it leads out of it. */
export function fileInModule(root: vscode.Uri, relative: string): vscode.Uri | undefined {
  if (!isModuleRoot(root) || relative.startsWith('/') || /^[A-Za-z]:|\\/.test(relative)) return undefined;
  const file = vscode.Uri.joinPath(root, relative);
  return contains(root, file) ? file : undefined;
}

/** True for a file of the module's store. */
export function isInStore(root: vscode.Uri, file: vscode.Uri): boolean {
  return isModuleRoot(root) && contains(vscode.Uri.joinPath(root, STORE_FOLDER), vscode.Uri.joinPath(file, '.'));
}
