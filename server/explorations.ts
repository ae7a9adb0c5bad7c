/** How the last exploration of each test ended, in this session, and which of them run now. */
import type { TestReport } from '../protocol/finding';

export interface Exploration {
  report: TestReport;
  findings: number;
  cancelled: boolean;
  /** Text of the test function then: an edit of the test makes the result old. */
  testText: string | undefined;
}

export class Explorations {
  private readonly results = new Map<string, Exploration>();
  private readonly running = new Map<string, AbortController>();

  /** Begins one and ends the one of the same test that still runs: only the newest counts. */
  begin(uri: string, test: string): AbortController {
    const key = keyOf(uri, test);
    this.running.get(key)?.abort();
    const controller = new AbortController();
    this.running.set(key, controller);
    return controller;
  }

  /** `result` is undefined when there is none, because something went wrong. */
  end(uri: string, test: string, controller: AbortController, result: Exploration | undefined): void {
    const key = keyOf(uri, test);
    if (this.running.get(key) !== controller) return;
    this.running.delete(key);
    if (result !== undefined) this.results.set(key, result);
  }

  result(uri: string, test: string): Exploration | undefined {
    return this.results.get(keyOf(uri, test));
  }

  isRunning(uri: string, test: string): boolean {
    return this.running.has(keyOf(uri, test));
  }

  abortAll(): void {
    for (const controller of this.running.values()) controller.abort();
  }
}

function keyOf(uri: string, test: string): string {
  return `${uri} ${test}`;
}
