/** The language server as a process that is sent bytes, whatever they are; what it answers is kept. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type Message, StreamMessageReader } from 'vscode-languageserver/node';
import { until } from '../engine/temporary';

const root = path.join(import.meta.dirname, '../../..');

export interface Answer {
  id: string | number | null;
  result?: unknown;
  error?: { code: number; message: string };
}

export class RawServer {
  /** Answers in the order of their arrival, those to broken messages with the id null. */
  readonly answers: Answer[] = [];
  /** What it has written into the client's log. */
  readonly log: string[] = [];
  private readonly child: ChildProcessWithoutNullStreams;
  private last = 0;
  private code: number | null | undefined;

  constructor() {
    const args = ['--import', 'tsx', 'server/main.ts', '--stdio'];
    this.child = spawn(process.execPath, args, { cwd: root, stdio: 'pipe' });
    this.child.stderr.pipe(process.stderr);
    this.child.on('exit', (code) => {
      this.code = code;
    });
    this.child.stdin.on('error', () => {}); // it has ended, which `alive` says
    new StreamMessageReader(this.child.stdout).listen((message) => this.hear(message));
  }

  get alive(): boolean {
    return this.code === undefined;
  }

  bytes(text: string | Buffer): void {
    this.child.stdin.write(text);
  }

  body(text: string): void {
    this.bytes(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  notify(method: string, params?: unknown): void {
    this.body(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** The only answer to a request; fails when the server ends instead. */
  async request(method: string, params?: unknown): Promise<Answer> {
    const id = ++this.last;
    this.body(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const own = () => this.answers.filter((answer) => answer.id === id);
    await until(() => own().length > 0 || !this.alive);
    const [answer, ...more] = own();
    if (answer === undefined || more.length > 0) throw new Error(`${method} had ${own().length} answers`);
    return answer;
  }

  async initialize(): Promise<void> {
    await this.request('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    this.notify('initialized', {});
  }

  /** Its exit code. */
  async ended(): Promise<number | null> {
    if (this.alive) await once(this.child, 'exit');
    return this.code ?? null;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private hear(message: Message): void {
    const { id, method, params } = message as unknown as Answer & { method?: string; params?: { message: string } };
    if (method === 'window/logMessage') this.log.push(params?.message ?? '');
    else if (method === undefined) this.answers.push({ ...(message as unknown as Answer), id: id ?? null });
  }
}
