/** The page's end of its worker. */
import type { Answered, Asked, Question, Questions } from './worker-messages';

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class Asking {
  private readonly waiting = new Map<number, Waiting>();
  private readonly newest = new Map<Question, number>();
  private count = 0;

  private constructor(private readonly worker: Worker) {
    worker.addEventListener('message', ({ data }: MessageEvent<Answered>) => {
      const waiting = this.waiting.get(data.number);
      this.waiting.delete(data.number);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.answer);
    });
  }

  /**
   * A webview's origin is not that of its files, so that a worker cannot be started from its address: the script is
   * fetched and started from memory.
   */
  static async start(address: string): Promise<Asking> {
    const script = await (await fetch(address)).blob();
    const memory = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    try {
      return new Asking(new Worker(memory));
    } finally {
      URL.revokeObjectURL(memory);
    }
  }

  ask<Q extends Question>(question: Q, what: Questions[Q][0], transfer: Transferable[] = []): Promise<Questions[Q][1]> {
    const asked: Asked<Q> = { number: ++this.count, question, what };
    return new Promise((resolve, reject) => {
      this.waiting.set(asked.number, { resolve: resolve as (answer: unknown) => void, reject });
      this.worker.postMessage(asked, transfer);
    });
  }

  /** Only the newest of overlapping questions of a kind counts: undefined for one that was overtaken. */
  async askNewest<Q extends Question>(question: Q, what: Questions[Q][0]): Promise<Questions[Q][1] | undefined> {
    const turn = (this.newest.get(question) ?? 0) + 1;
    this.newest.set(question, turn);
    const answer = await this.ask(question, what);
    return this.newest.get(question) === turn ? answer : undefined;
  }
}
