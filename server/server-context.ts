import type { Connection, TextDocuments } from 'vscode-languageserver/node';
import type { Installation } from '../engine/system/installation';
import type { Diagnostics } from './diagnostics';
import type { Analysis } from './documents/analysis';
import type { GoDocument } from './documents/go-document';
import type { Explorations } from './explorations';
import type { Findings } from './findings';
import type { SettingsByFolder } from './folder-settings';
import type { Packages } from './packages';
import { t } from './words';

/** Requests are answered while it runs. */
export interface Life {
  phase: 'starting' | 'running' | 'ending';
}

/** What every feature is registered with. */
export interface ServerContext {
  connection: Connection;
  life: Life;
  documents: TextDocuments<GoDocument>;
  analysis: Analysis;
  findings: Findings;
  diagnostics: Diagnostics;
  packages: Packages;
  explorations: Explorations;
  /** Until the client has said so, nothing of the workspace is run. */
  trusted: boolean;
  settings: SettingsByFolder;
  /** The parts of Lockstep, with the go command, flags and variables that the settings have for a file or folder. */
  installation: (path: string | undefined) => Installation;
  /** Of the extension, for reports. */
  version: string;
  /** Settles when the stores that are being read have been. */
  storesRead: () => Promise<void>;
  /** Asks the client to fetch CodeLenses and inlay hints again, where it can. */
  refreshShown: () => void;
}

/** Said instead of running anything. */
export const notTrusted = (): string => t`This workspace is not trusted, so Lockstep runs nothing of it.`;
