/** A language model's server in a process of its own (fixtures/language-model/server.mjs). */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = path.join(import.meta.dirname, 'fixtures/language-model/server.mjs');

export interface AskedOf {
  path: string;
  body?: { prompt?: string; messages?: { content: string }[]; model: string };
}

export class LanguageModel {
  private ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    readonly url: string,
  ) {
    this.ended = once(child, 'exit');
  }

  static async start(form: string): Promise<LanguageModel> {
    const child = spawn(process.execPath, [SERVER, form]);
    const [port] = await once(createInterface(child.stdout), 'line');
    return new LanguageModel(child, `http://127.0.0.1:${port}/v1`);
  }

  /** All requests until now. */
  async asked(): Promise<AskedOf[]> {
    const response = await fetch(new URL('/asked', this.url));
    return (await response.json()) as AskedOf[];
  }

  /** Those of them that hold source code. */
  async prompts(): Promise<string[]> {
    return (await this.asked()).flatMap(({ body }) => body?.prompt ?? []);
  }

  async stop(): Promise<void> {
    this.child.kill();
    await this.ended;
  }
}
