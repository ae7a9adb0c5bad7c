/** The language server as a process over stdio, with a client that keeps what it is told. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type Range,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { InitializationOptions } from '../../../protocol/messages';
import type { Translations } from '../../../protocol/phrase';
import { type AllSettings, DEFAULT_SETTINGS, NO_GO_SETTINGS, type Settings } from '../../../protocol/settings';

const root = path.join(import.meta.dirname, '../../..');

export interface LanguageServer {
  connection: ProtocolConnection;
  initialized: InitializeResult;
  /** A copy of examples/. */
  workspace: string;
  uri(file: string): string;
  open(file: string, text: string): Promise<void>;
  change(file: string, range: Range, text: string): Promise<void>;
  /** The newest diagnostics of a file, once they are what is waited for. */
  diagnostics(file: string, wanted: (diagnostics: Diagnostic[]) => boolean): Promise<Diagnostic[]>;
  stop(): Promise<void>;
}

/** Of the window, and of folders by their paths in the workspace. */
export function settingsByFolder(
  uri: LanguageServer['uri'],
  window: Partial<Settings> = {},
  folders: Record<string, Partial<Settings>> = {},
): AllSettings {
  const complete = (settings: Partial<Settings>) => ({
    settings: { ...DEFAULT_SETTINGS, ...settings },
    go: NO_GO_SETTINGS,
  });
  return {
    ...complete(window),
    folders: Object.entries(folders).map(([path, settings]) => ({ uri: uri(path), ...complete(settings) })),
  };
}

export async function startLanguageServer(
  options: {
    trusted?: boolean;
    settings?: Partial<Settings>;
    folders?: Record<string, Partial<Settings>>;
    translations?: Translations;
  } = {},
): Promise<LanguageServer> {
  const workspace = mkdtempSync(path.join(tmpdir(), 'lockstep-server-'));
  const isOurs = (file: string) => path.basename(file) !== '.lockstep';
  cpSync(path.join(root, 'examples'), workspace, { recursive: true, filter: isOurs });
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts', '--stdio'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const newest = new Map<string, Diagnostic[]>();
  const waiting = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
    newest.set(uri, diagnostics);
    for (const check of waiting) check();
  });
  connection.listen();

  const uri = (file: string) => pathToFileURL(path.join(workspace, file)).toString();
  const initializationOptions: InitializationOptions = {
    trusted: options.trusted ?? false,
    ...(options.translations ? { translations: options.translations } : {}),
    ...settingsByFolder(uri, options.settings, options.folders),
  };
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: uri(''),
    capabilities: {},
    initializationOptions,
  });
  await connection.sendNotification(InitializedNotification.type, {});
  let version = 0;
  return {
    connection,
    initialized,
    workspace,
    uri,
    open: (file, text) =>
      connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri: uri(file), languageId: 'go', version: ++version, text },
      }),
    change: (file, range, text) =>
      connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri: uri(file), version: ++version },
        contentChanges: [{ range, text }],
      }),
    diagnostics: (file, wanted) =>
      new Promise((resolve) => {
        const check = () => {
          const diagnostics = newest.get(uri(file)) ?? [];
          if (!wanted(diagnostics)) return;
          waiting.delete(check);
          resolve(diagnostics);
        };
        waiting.add(check);
        check();
      }),
    async stop() {
      await connection.sendRequest(ShutdownRequest.type);
      const ended = once(child, 'exit');
      await connection.sendNotification(ExitNotification.type);
      await ended;
      connection.dispose();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}
