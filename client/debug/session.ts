import type * as vscode from 'vscode';

/** What a debug configuration of ours has of its own. */
export interface LockstepSession {
  /** As of lockstep/debug. */
  id: string;
  /** File in which the program says who is who. */
  goroutines: string;
}

/** Undefined for what others debug. */
export function sessionOf({ lockstep }: vscode.DebugConfiguration): LockstepSession | undefined {
  const ours =
    typeof lockstep === 'object' &&
    lockstep !== null &&
    typeof lockstep.id === 'string' &&
    typeof lockstep.goroutines === 'string';
  return ours ? lockstep : undefined;
}
