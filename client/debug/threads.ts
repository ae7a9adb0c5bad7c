/**
 * Goroutines in the Call Stack view by their paths, as in findings and traces, and by what they wait for: debuggers only
 * know that they are all parked in the same function of ours.
 */
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { DebuggedGoroutine } from '../../protocol/messages';
import { DEBUG_TYPE, GO_DEBUG_TYPE } from '../../protocol/settings';
import type { LockstepContext } from '../lockstep-context';
import { sessionOf } from './session';

export function activate({ extension }: LockstepContext): void {
  const factory: vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker({ configuration }) {
      const session = sessionOf(configuration);
      if (session === undefined) return undefined;
      return {
        onDidSendMessage(message) {
          if (message.command !== 'threads' || !Array.isArray(message.body?.threads)) return;
          const known = goroutinesIn(session.goroutines);
          for (const thread of message.body.threads) {
            const goroutine = known.get(thread.id);
            if (goroutine !== undefined) thread.name = nameOf(goroutine, String(thread.name));
          }
        },
      };
    },
  };
  for (const type of [DEBUG_TYPE, GO_DEBUG_TYPE]) {
    extension.subscriptions.push(vscode.debug.registerDebugAdapterTrackerFactory(type, factory));
  }
}

/** By their numbers; none until the program has stopped where the finding shows. */
function goroutinesIn(file: string): Map<number, DebuggedGoroutine> {
  try {
    const told: DebuggedGoroutine[] = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(told.map((one) => [one.number, one]));
  } catch {
    return new Map();
  }
}

/** `* [Go 18] 1.2 waits to lock (a.go:7)` of `* [Go 18] lockstep.(*run).park (Thread 7)`. */
function nameOf({ path, waits }: DebuggedGoroutine, name: string): string {
  const [before = ''] = /^(?:\* )?\[Go \d+\]/.exec(name) ?? [];
  const [, operation] = /^waits to (.*)$/.exec(waits) ?? [];
  const doing = operation === undefined ? name.slice(before.length) : ` ${vscode.l10n.t('waits to {0}', operation)}`;
  return `${before} ${path}${doing}`.trim();
}
