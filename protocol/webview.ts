/** Between the extension and the trace page. Data goes by message only, never inside the HTML. */
import type { Finding } from './finding';

/** What a page keeps over a reload of the window; the extension validates it before use. */
export interface TracePageState {
  root: string;
  id: string;
}

/** Extension to page. */
export type ToTracePage =
  /** Answers `ready`, and again when a replay wrote a newer trace. The page validates the bytes. */
  | { type: 'trace'; bytes: Uint8Array; finding: Finding; state: TracePageState; note?: string }
  /** Answers `ready` when there is nothing to show: one sentence. */
  | { type: 'problem'; problem: string };

/** Page to extension. */
export type FromTracePage =
  /** Sent once, when the page's script listens. */
  | { type: 'ready' }
  /** The user opened an event: show its line. File as in the trace, relative to the module root. */
  | { type: 'reveal'; file: string; line: number; column: number; takeFocus: boolean }
  /** The user pressed the page's button. */
  | { type: 'replay' }
  | { type: 'text' };
