/** Phrases in the language of the workbench. What only the client says is looked up by `vscode.l10n.t`. */
import * as vscode from 'vscode';
import type { FindingKind, Verdict } from '../protocol/finding';
import { KIND_WORDS, VERDICT_WORDS } from '../protocol/kind-words';
import { translated, type Value } from '../protocol/phrase';

export const say = (said: Value): string => translated(said, vscode.l10n.bundle ?? {});

/** `goroutine leak`. */
export const wordsOf = (kind: FindingKind): string => say(KIND_WORDS[kind]);

export const verdictWord = (verdict: Verdict): string => say(VERDICT_WORDS[verdict]);
