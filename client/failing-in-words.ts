/** Requests that the server does not answer: what the client's library says then, in words for the user. */
import * as vscode from 'vscode';
import { ErrorCodes, type LanguageClient, ResponseError } from 'vscode-languageclient/node';

const GONE = vscode.l10n.t('Lockstep’s language server ended before it answered; try again.');
const STOPPED = vscode.l10n.t(
  'Lockstep’s language server is not running; “Lockstep: Restart Language Server” starts it.',
);

/** The codes stay: by them the library passes over hovers without a server. */
export function failInWords(client: LanguageClient): void {
  const send = client.sendRequest.bind(client) as (...given: unknown[]) => Promise<unknown>;
  const sendInWords = async (...given: unknown[]): Promise<unknown> => {
    try {
      return await send(...given);
    } catch (error) {
      throw inWords(error);
    }
  };
  client.sendRequest = sendInWords as LanguageClient['sendRequest'];
}

function inWords(error: unknown): unknown {
  if (!(error instanceof ResponseError)) return error;
  if (error.code === ErrorCodes.PendingResponseRejected) return new ResponseError(error.code, GONE);
  return error.code === ErrorCodes.ConnectionInactive ? new ResponseError(error.code, STOPPED) : error;
}
