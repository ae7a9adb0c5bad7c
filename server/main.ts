/** The language server: registers the features, each in a file of its own, and keeps what they share. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  InlayHintRefreshRequest,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { errorText } from '../engine/system/attempt';
import { installationAt } from '../engine/system/installation';
import { goParser, parserFiles } from '../engine/system/parser';
import { endWithChildrenOnSignals } from '../engine/system/processes';
import {
  type InitializationOptions,
  SETTINGS_CHANGED,
  STORE_CHANGED,
  type StoreChangedParams,
  TRUST_GRANTED,
} from '../protocol/messages';
import * as branch from './branch';
import * as codeAction from './code-action';
import * as codeLens from './code-lens';
import { connect } from './connect';
import * as debug from './debug';
import { Diagnostics } from './diagnostics';
import { listenForDocuments } from './document-sync';
import { Analysis } from './documents/analysis';
import { GoDocument } from './documents/go-document';
import { Explorations } from './explorations';
import * as explore from './explore';
import * as find from './find';
import * as findingList from './finding-list';
import { Findings } from './findings';
import { SettingsByFolder } from './folder-settings';
import * as hover from './hover';
import * as inlayHints from './inlay-hints';
import * as minimise from './minimise';
import { moduleOfStorePath, moduleRootOf, pathOf } from './modules';
import * as operations from './operations';
import { PackageChecks } from './package-checks';
import { Packages } from './packages';
import * as replay from './replay';
import { checked } from './requests';
import type { ServerContext } from './server-context';
import { fields, listOf, text } from './shapes';
import { type StaticResult, staticFindings } from './static-checks';
import { StoreWatch } from './store-watch';
import * as symbols from './symbols';
import * as tests from './tests';
import * as trace from './trace';
import { speak, t } from './words';

/** The folder above this file, bundled (dist/) or not (server/). */
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const connection = connect();
const documents = new TextDocuments(GoDocument);
let canRefreshCodeLenses = false;
let canRefreshHints = false;

const packages = new Packages();
const warn = (warning: string): void => connection.console.warn(warning);
const analysed = (document: GoDocument): void => {
  const tree = analysis.tree(document);
  if (tree === undefined) {
    diagnostics.setStatic(document.uri, []);
    void diagnostics.refresh();
    return;
  }
  show(document, staticFindings(packages, document, tree), 'file');
  wholePackage.later(document);
};
const analysis: Analysis = new Analysis(documents, analysed, warn);
const wholePackage = new PackageChecks(documents, analysis, packages, (document, result) =>
  show(document, result, 'package'),
);
function show(document: GoDocument, { findings: found, problems }: StaticResult, scope: 'file' | 'package'): void {
  diagnostics.setStatic(document.uri, found, scope);
  for (const problem of problems) warn(`${document.uri}: ${problem}`);
  void diagnostics.refresh();
}
const stores = new StoreWatch((module) => void showStore(module));
const findings = new Findings(analysis, warn, (module) => stores.watch(module));
const refreshShown = () => {
  if (canRefreshCodeLenses) void connection.sendRequest(CodeLensRefreshRequest.type);
  if (canRefreshHints) void connection.sendRequest(InlayHintRefreshRequest.type);
};
const settings = new SettingsByFolder();
const diagnostics = new Diagnostics(connection, findings, settings, refreshShown);

const context: ServerContext = {
  connection,
  life: { phase: 'starting' },
  documents,
  analysis,
  findings,
  diagnostics,
  packages,
  explorations: new Explorations(),
  trusted: false,
  settings,
  installation: (path) => {
    const { goPath } = settings.at(path);
    const { environment, flags } = settings.goAt(path);
    const own = { environment: { ...process.env, ...environment }, flags };
    return installationAt(root, goPath === '' ? own : { ...own, go: goPath });
  },
  storesRead: async () => void (await Promise.allSettled(reading)),
  refreshShown,
  version: '0.0.0',
};

connection.onInitialize(({ capabilities, initializationOptions }) => {
  const options: Partial<InitializationOptions> = initializationOptions ?? {};
  context.life.phase = 'running';
  context.trusted = options.trusted === true;
  speak(options.translations ?? {});
  settings.take(options);
  context.version = options.version ?? context.version;
  canRefreshHints = capabilities?.workspace?.inlayHint?.refreshSupport === true;
  canRefreshCodeLenses = capabilities?.workspace?.codeLens?.refreshSupport === true;
  return {
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      codeLensProvider: {},
      hoverProvider: true,
      inlayHintProvider: true,
      documentSymbolProvider: { label: t`Concurrency` },
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
    },
    serverInfo: { name: 'Lockstep' },
  };
});

connection.onInitialized(async () => {
  const files = await parserFiles(root);
  const parser = files.ok ? await goParser(files.value) : files;
  analysis.use(parser.ok ? parser.value : undefined);
  if (!parser.ok) connection.window.showErrorMessage(t`Static checks do not work: ${parser.problem}`);
});

const reading = new Set<Promise<void>>();
/** Reads the store of a module and shows what is in it. */
async function showStore(module: string): Promise<void> {
  const work = findings.load(module).then((newest) => (newest ? diagnostics.refresh() : undefined));
  reading.add(work);
  await work.finally(() => reading.delete(work));
}

documents.onDidOpen(async ({ document }) => {
  const path = pathOf(document.uri);
  const module = path === undefined ? undefined : moduleRootOf(path);
  if (module !== undefined && !findings.knows(module)) await showStore(module);
});
// Counts belong to the text on disk, and so do the anchors of findings that were written before.
documents.onDidSave(async ({ document }) => {
  const path = pathOf(document.uri);
  const module = path === undefined ? undefined : moduleRootOf(path);
  if (module !== undefined) await showStore(module);
});
documents.onDidClose(async ({ document }) => {
  wholePackage.forget(document);
  diagnostics.setStatic(document.uri, []);
  await diagnostics.refresh();
});

connection.onNotification(TRUST_GRANTED, () => {
  context.trusted = true;
});
connection.onNotification(SETTINGS_CHANGED, (told: unknown) => {
  settings.take(told);
  // Severities, and what is intended: also where no file is open.
  void diagnostics.refresh();
  analysis.all();
  refreshShown();
});
const storeChanged = async ({ uris }: StoreChangedParams): Promise<void> => {
  const modules = uris.flatMap((uri) => moduleOfStorePath(pathOf(uri) ?? '') ?? []);
  await Promise.all([...new Set(modules)].map(showStore));
};
const CHANGED = fields<StoreChangedParams>({ uris: listOf(text) });
connection.onNotification(STORE_CHANGED, checked(STORE_CHANGED, CHANGED, storeChanged));
connection.onNotification((method) => {
  // By the protocol those may be passed over without a word.
  if (!method.startsWith('$/')) connection.console.warn(`${method}: there is no such notification.`);
});
connection.onShutdown(() => {
  context.life.phase = 'ending';
  stores.end();
  context.explorations.abortAll();
});

for (const feature of [
  tests,
  codeLens,
  hover,
  inlayHints,
  codeAction,
  explore,
  replay,
  minimise,
  debug,
  branch,
  find,
  findingList,
  operations,
  symbols,
  trace,
])
  feature.register(context);
endWithChildrenOnSignals();
// Nothing is expected here: what was forgotten is told, and every other file goes on being checked.
process.on('unhandledRejection', (error) => connection.console.error(`Lockstep met an error: ${errorText(error)}`));
listenForDocuments(documents, connection);
connection.listen();
