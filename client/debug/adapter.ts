/**
 * Our own debug type, for workbenches without the Go extension: Delve speaks the protocol of debug adapters itself. It
 * ends with its session, with the window, and, its connection gone, with a host that dies.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../../protocol/settings';
import type { LockstepContext } from '../lockstep-context';

const START_MILLISECONDS = 20_000;
/** How long Delve may take to end what it debugs. */
const GRACE_MILLISECONDS = 3_000;
const NEWEST = 'go install github.com/go-delve/delve/cmd/dlv@latest';

export function activate({ extension, output }: LockstepContext): void {
  const running = new Map<string, Debugger>();
  const end = (session: vscode.DebugSession) => {
    running.get(session.id)?.end();
    running.delete(session.id);
  };
  const killAll = () => {
    for (const one of running.values()) one.kill();
  };
  process.on('exit', killAll);
  extension.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      async createDebugAdapterDescriptor(session) {
        const { dlvToolPath, cwd } = session.configuration;
        const started = await Debugger.start(String(dlvToolPath ?? 'dlv'), cwd, (line) => output.info(line));
        running.set(session.id, started);
        return new vscode.DebugAdapterServer(started.port, '127.0.0.1');
      },
    }),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
      createDebugAdapterTracker: (session) => ({
        onWillReceiveMessage: (message) => {
          // What the program prints is to be in the debug console, as messages.
          if (message.command === 'launch') message.arguments.outputMode = 'remote';
        },
        onDidSendMessage: (message) => {
          if (message.event === 'process') running.get(session.id)?.debugs(message.body?.systemProcessId);
          if (message.command === 'launch' && message.success === false) explain(message);
        },
        onExit: () => end(session),
        onError: () => end(session),
      }),
    }),
    vscode.debug.onDidTerminateDebugSession(end),
    {
      dispose() {
        process.off('exit', killAll);
        killAll();
      },
    },
  );
}

/** Delve says which versions of Go it knows; what to do about it, it leaves to others. */
function explain(message: { body?: { error?: { format?: unknown } }; message?: unknown }): void {
  const said = String(message.body?.error?.format ?? message.message);
  if (!/Delve is too old for Go version/i.test(said)) return;
  void vscode.window.showErrorMessage(
    vscode.l10n.t('This Delve does not know the version of Go yet; install a newer one: {0}', NEWEST),
  );
}

class Debugger {
  private program: number | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    // When it dies, what it has stopped would go on alone.
    child.once('exit', () => this.killProgram());
  }

  /** Rejects with a sentence when Delve does not say where it listens. */
  static start(path: string, directory: unknown, say: (line: string) => void): Promise<Debugger> {
    const child = spawn(path, ['dap', '--listen=127.0.0.1:0'], {
      cwd: typeof directory === 'string' ? directory : undefined,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    return new Promise((resolve, reject) => {
      let said = '';
      const fail = (why: string) => {
        clearTimeout(late);
        child.kill('SIGKILL');
        const told = said === '' ? why : `${why}: ${said.trim()}`;
        reject(new Error(vscode.l10n.t('Delve ({0}) could not be started: {1}', path, told)));
      };
      const late = setTimeout(() => fail(vscode.l10n.t('it does not say where it listens')), START_MILLISECONDS);
      const hear = (text: string) => {
        say(text.trimEnd());
        said += text;
        const port = /DAP server listening at: \S+:(\d+)/.exec(said)?.[1];
        if (port === undefined) return;
        clearTimeout(late);
        resolve(new Debugger(child, Number(port)));
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code, signal) => fail(vscode.l10n.t('it ended with {0}', String(signal ?? code))));
    });
  }

  /** Delve starts the program in a process group of its own. */
  debugs(program: unknown): void {
    if (typeof program === 'number' && program > 0) this.program = program;
  }

  /** Lets Delve end what it debugs, and itself. */
  end(): void {
    if (this.hasEnded()) return;
    this.child.kill('SIGINT');
    const impatient = setTimeout(() => this.kill(), GRACE_MILLISECONDS);
    this.child.once('exit', () => clearTimeout(impatient));
  }

  kill(): void {
    if (this.hasEnded()) return;
    this.child.kill('SIGKILL');
    this.killProgram();
  }

  private killProgram(): void {
    if (this.program === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? this.program : -this.program, 'SIGKILL');
    } catch {
      // ESRCH: it has ended.
    }
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
