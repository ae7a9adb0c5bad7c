import type { Page } from 'playwright-core';

export interface Server {
  uri(file: string): string;
  page(folder: string, payload: [name: string, value: string][]): string;
  stop(): Promise<void>;
}

export function findChromium(): string | undefined;
export function makeScratch(workspace: string): { scratch: string; workspace: string; remove(): void };
export function startServer(options: {
  scratch: string;
  logFile: string;
  env?: Record<string, string>;
  settings?: Record<string, unknown>;
  vsix?: string;
  vscode?: 'newest' | 'oldest';
}): Promise<Server>;
export function openBrowser(options: {
  scratch: string;
  logFile: string;
}): Promise<{ page: Page; close(): Promise<void> }>;
export function endCleanlyWhenInterrupted(): void;
