/**
 * What clients send, checked before it is answered. Who sends something else than the protocol says is told in one
 * sentence what is wrong with it, and who asks before the handshake or after the end that this is not the time for it.
 */
import { type CancellationToken, ErrorCodes, type HandlerResult, ResponseError } from 'vscode-languageserver/node';
import type { ServerContext } from './server-context';
import type { Shape } from './shapes';

/** Registers who answers a request, with what its parameters have to be. */
export function onRequest<P, R>(
  { connection, life }: Pick<ServerContext, 'connection' | 'life'>,
  method: string,
  shape: Shape,
  answer: (params: P, cancellation: CancellationToken) => HandlerResult<R, void>,
): void {
  connection.onRequest<R, void>(method, (params: P, cancellation: CancellationToken) => {
    if (life.phase === 'starting')
      throw new ResponseError(ErrorCodes.ServerNotInitialized, `${method}: the server has not been initialized.`);
    if (life.phase === 'ending')
      throw new ResponseError(ErrorCodes.InvalidRequest, `${method}: the server has been shut down.`);
    check(method, shape, params);
    return answer(params, cancellation);
  });
}

/** The handler of a notification with what its parameters have to be; those that are not are told in the client's log. */
export function checked<P, R>(method: string, shape: Shape, handle: (params: P) => R): (params: P) => R {
  return (params) => {
    check(method, shape, params);
    return handle(params);
  };
}

function check(method: string, shape: Shape, params: unknown): void {
  const misfit = shape(params);
  if (misfit === undefined) return;
  const what = misfit.at === '' ? 'its parameters' : `"${misfit.at}"`;
  throw new ResponseError(ErrorCodes.InvalidParams, `${method}: ${what} should be ${misfit.wanted}.`);
}
