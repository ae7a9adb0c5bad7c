/**
 * Whether processes of a package run side by side. Under `go test` each package has one: its tests may bind a fixed
 * port or write a file of a fixed name, and two processes of ours would be in each other's way. Where that shows, they
 * run one at a time from then on.
 */

export interface Pass {
  /** No other may come in. */
  readonly alone: boolean;
  /** Another process of the package ran at the same time, for a while at least. */
  beside: boolean;
}

export class Turnstile {
  private readonly inside = new Set<Pass>();
  private waiting: (() => void)[] = [];
  private narrow = false;
  /** Who is alone inside, or waits to be. */
  private solitary = 0;

  /** Resolves when a process may begin; one that is to be alone when all others have left. */
  async enter(alone: boolean): Promise<Pass> {
    if (alone) this.solitary++;
    const mayEnter = () => this.inside.size === 0 || !(alone || this.narrow);
    while (!mayEnter() || (!alone && this.solitary > 0)) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const pass = { alone, beside: this.inside.size > 0 };
    for (const other of this.inside) other.beside = true;
    this.inside.add(pass);
    return pass;
  }

  leave(pass: Pass): void {
    this.inside.delete(pass);
    if (pass.alone) this.solitary--;
    const waiting = this.waiting;
    this.waiting = [];
    for (const resume of waiting) resume();
  }

  /** From now on one at a time. */
  close(): void {
    this.narrow = true;
  }
}

const turnstiles = new Map<string, Turnstile>();

/** Of a package, by its folder: kept as long as we live, for all its tests and builds. */
export function turnstileOf({ package: { dir } }: { package: { dir: string } }): Turnstile {
  let found = turnstiles.get(dir);
  if (!found) {
    found = new Turnstile();
    turnstiles.set(dir, found);
  }
  return found;
}
