/**
 * Frames that stand above the line that a panic or the end of a test came from: what defers have called, and Go itself.
 * The workbench shows the first frame with a source at a breakpoint, also where that is of no interest: they lose theirs.
 */
import * as vscode from 'vscode';
import { DEBUG_TYPE, GO_DEBUG_TYPE } from '../../protocol/settings';
import type { LockstepContext } from '../lockstep-context';
import { sessionOf } from './session';

interface Frame {
  name: string;
  presentationHint?: string;
  source?: object;
}

export function activate({ extension }: LockstepContext): void {
  const factory: vscode.DebugAdapterTrackerFactory = {
    createDebugAdapterTracker: ({ configuration }) =>
      sessionOf(configuration) && {
        onDidSendMessage(message) {
          if (message.command === 'stackTrace' && Array.isArray(message.body?.stackFrames))
            fold(message.body.stackFrames);
        },
      },
  };
  for (const type of [DEBUG_TYPE, GO_DEBUG_TYPE]) {
    extension.subscriptions.push(vscode.debug.registerDebugAdapterTrackerFactory(type, factory));
  }
}

function fold(frames: Frame[]): void {
  const leaving = frames.findIndex(({ name }) => /^runtime\.(gopanic|Goexit)$/.test(name));
  const ours = frames.slice(0, Math.max(0, leaving)).some(({ name }) => name.startsWith('lockstep.'));
  if (!ours) return;
  const cause = frames.findIndex(({ name }, at) => at > leaving && !/^(runtime|testing|lockstep)\./.test(name));
  for (const frame of frames.slice(0, Math.max(0, cause))) {
    frame.presentationHint = 'subtle';
    delete frame.source;
  }
}
