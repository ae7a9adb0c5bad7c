/** The connection to the client: over the channel of a Node parent, or over standard input and output. */
import { Console } from 'node:console';
import {
  type Connection,
  createConnection,
  type Message,
  ProposedFeatures,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { StdioReader } from './stdio';

export function connect(): Connection {
  if (!process.argv.includes('--stdio')) return createConnection(ProposedFeatures.all);
  // What anybody prints would be taken for a message.
  globalThis.console = new Console(process.stderr, process.stderr);
  const writer = new StreamMessageWriter(process.stdout);
  const reader = new StdioReader(process.stdin, ({ id, code, message }) => {
    const answer = { jsonrpc: '2.0', id, error: { code, message } };
    writer.write(answer as Message).catch(() => {}); // nobody listens any more, which is about to end us
  });
  process.stdin.on('end', () => process.exit(1));
  return createConnection(ProposedFeatures.all, reader, writer);
}
