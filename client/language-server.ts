/**
 * The language server, as features see it. It is a process of its own, and the library that speaks with it is large: both
 * wait until a Go file is open, or a view or command asks something.
 * Server capability: lockstep/storeChanged. Command: lockstep.restartServer, lockstep.showOutput. View: none.
 */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { STORE_CHANGED, type StoreChangedParams } from '../protocol/messages';
import { COMMANDS, STORE_FOLDER } from '../protocol/settings';
import type { LockstepContext } from './lockstep-context';

export class LanguageServer {
  private client: LanguageClient | undefined;
  private loading: Promise<LanguageClient> | undefined;
  /** Settles when the server that runs has been told of all stores. */
  private announced = Promise.resolve();
  private readonly handlers: ((client: LanguageClient) => void)[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when it has begun to run, and when it has ended. */
  readonly onDidChangeState = this.changed.event;

  constructor(
    private readonly extension: vscode.ExtensionContext,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  isRunning(): boolean {
    return this.client?.isRunning() === true;
  }

  /** Starts it where it does not run yet; settles when it has been told of all stores. */
  async ready(): Promise<void> {
    const client = await this.load();
    await client.start();
    await this.announced;
  }

  async restart(): Promise<void> {
    const client = await this.load();
    if (client.needsStop()) await client.restart();
    else await this.ready();
  }

  async stop(): Promise<void> {
    await (await this.loading)?.stop();
  }

  /** Starts the server where it does not run yet. Rejects in words for the user. */
  async sendRequest<R>(method: string, params?: unknown, cancellation?: vscode.CancellationToken): Promise<R> {
    const client = await this.load();
    return client.sendRequest<R>(method, params, cancellation);
  }

  async sendNotification(method: string, params?: unknown): Promise<void> {
    const client = await this.load();
    await client.sendNotification(method, params);
  }

  /** At most one handler for each method. */
  onNotification<P>(method: string, handler: (params: P) => void): void {
    const register = (client: LanguageClient) => void client.onNotification(method, handler);
    this.handlers.push(register);
    if (this.client !== undefined) register(this.client);
  }

  private load(): Promise<LanguageClient> {
    // The build makes a bundle of its own of it.
    this.loading ??= import('./language-client').then(({ createClient }) => {
      const client = createClient(this.extension, this.output);
      for (const register of this.handlers) register(client);
      client.onDidChangeState(() => {
        if (client.isRunning()) this.announce();
        this.changed.fire();
      });
      this.client = client;
      return client;
    });
    return this.loading;
  }

  /** A server that has just begun, or begun anew, is told where findings are stored. */
  private announce(): void {
    // In a large workspace the search takes its time.
    this.announced = this.announceStores().catch((error: unknown) => {
      this.output.warn(
        `Findings of modules without an open file are not shown: the workspace cannot be searched (${error}).`,
      );
    });
  }

  /** Modules whose files are not open have findings too. */
  private async announceStores(): Promise<void> {
    const stored = await vscode.workspace.findFiles(`**/${STORE_FOLDER}/findings/*.json`);
    const params: StoreChangedParams = { uris: stored.map((uri) => uri.toString()) };
    if (stored.length > 0 && this.isRunning()) await this.sendNotification(STORE_CHANGED, params);
  }
}

/** In a workspace where nobody looks at Go there is no process of ours. */
export function activate({ extension, server, output }: LockstepContext): void {
  const start = (): void => {
    server.ready().catch((error: unknown) => {
      output.error(`The language server did not start: ${error}`);
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Lockstep’s language server did not start: {0}', String(error)),
      );
    });
  };
  const isGo = ({ languageId, uri }: vscode.TextDocument): boolean => languageId === 'go' && uri.scheme === 'file';
  const opening = vscode.workspace.onDidOpenTextDocument((document) => {
    if (!isGo(document)) return;
    opening.dispose();
    start();
  });
  extension.subscriptions.push(
    opening,
    vscode.commands.registerCommand(COMMANDS.restartServer, () => server.restart()),
    vscode.commands.registerCommand(COMMANDS.showOutput, () => output.show()),
    ...watchStores(server),
  );
  if (vscode.workspace.textDocuments.some(isGo)) {
    opening.dispose();
    // Whoever waits for the extension to be activated does not wait for its server.
    setImmediate(start);
  }
}

/** The command line writes into the store too; many files change at once, so one notification carries all. */
function watchStores(server: LanguageServer): vscode.Disposable[] {
  const watcher = vscode.workspace.createFileSystemWatcher(`**/${STORE_FOLDER}/**/*.json`);
  // Of a new store nothing but its folder may be told (server/store-watch.ts).
  const folders = vscode.workspace.createFileSystemWatcher(`**/${STORE_FOLDER}`, false, true, true);
  let waiting = new Set<string>();
  const changed = (uri: vscode.Uri) => {
    if (waiting.size === 0) setImmediate(send);
    waiting.add(uri.toString());
  };
  const send = () => {
    const params: StoreChangedParams = { uris: [...waiting] };
    waiting = new Set();
    if (server.isRunning()) void server.sendNotification(STORE_CHANGED, params);
  };
  return [
    watcher,
    watcher.onDidChange(changed),
    watcher.onDidCreate(changed),
    watcher.onDidDelete(changed),
    folders,
    folders.onDidCreate(changed),
  ];
}
