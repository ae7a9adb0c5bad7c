/**
 * Tree clocks: Mathur, Pavlogiannis, Tunç & Viswanathan, "A Tree Clock Data Structure for Causal Orderings in Concurrent
 * Executions", ASPLOS 2022. A vector clock that remembers from whom each entry was learned and when, so that a join
 * passes over what is known already. Right only where whoever learns one event of a thread learns all that the thread
 * knew then.
 */
const NONE = -1;

export class TreeClock {
  /** By thread: how many of its events are known. */
  times: Int32Array;
  /** The time of the parent at which this was learned. */
  private attached: Int32Array;
  private parent: Int32Array;
  private first: Int32Array;
  private next: Int32Array;
  private previous: Int32Array;
  root = NONE;

  constructor(threads: number) {
    const column = (): Int32Array => new Int32Array(threads).fill(NONE);
    this.times = new Int32Array(threads);
    [this.attached, this.parent, this.first, this.next, this.previous] = [
      column(),
      column(),
      column(),
      column(),
      column(),
    ];
  }

  static of(thread: number, threads: number): TreeClock {
    const clock = new TreeClock(threads);
    clock.root = thread;
    clock.times[thread] = 1;
    return clock;
  }

  time(thread: number): number {
    return this.times[thread] ?? 0;
  }

  /** The thread whose clock it is has had one more event. */
  tick(): void {
    this.times[this.root]!++;
  }

  copy(): TreeClock {
    const clone = new TreeClock(0);
    clone.times = this.times.slice();
    clone.attached = this.attached.slice();
    clone.parent = this.parent.slice();
    clone.first = this.first.slice();
    clone.next = this.next.slice();
    clone.previous = this.previous.slice();
    clone.root = this.root;
    return clone;
  }

  /** Learns all that the other knows. The time is linear in what is new. */
  join(other: TreeClock): void {
    const { root } = other;
    if (root === NONE || root === this.root || other.time(root) <= this.time(root)) return;
    this.widen(other.times.length);
    const news = this.news(other, false);
    this.take(other, news);
    this.attached[root] = this.times[this.root]!;
    this.adopt(this.root, root);
  }

  /** Becomes the other, which knows all that this one does. */
  become(other: TreeClock): void {
    if (other.root === NONE) return;
    this.widen(other.times.length);
    const news = this.news(other, true);
    this.take(other, news);
    this.root = other.root;
    this.parent[this.root] = NONE;
  }

  /** Threads of which the other knows more, each behind those below it. */
  private news(other: TreeClock, copies: boolean): number[] {
    const found: number[] = [];
    const visit = (thread: number): void => {
      for (let child = other.first[thread]!; child !== NONE; child = other.next[child]!) {
        if (this.time(child) < other.times[child]!) visit(child);
        else {
          // A copy must move its old root even when its time is the same.
          if (copies && child === this.root) found.push(child);
          if (other.attached[child]! <= this.time(thread)) break;
        }
      }
      found.push(thread);
    };
    visit(other.root);
    return found;
  }

  private take(other: TreeClock, news: readonly number[]): void {
    for (const thread of news) this.detach(thread);
    for (let at = news.length - 1; at >= 0; at--) {
      const thread = news[at]!;
      this.times[thread] = other.times[thread]!;
      if (thread === other.root) continue;
      this.attached[thread] = other.attached[thread]!;
      this.adopt(other.parent[thread]!, thread);
    }
  }

  private detach(thread: number): void {
    const parent = this.parent[thread]!;
    if (parent === NONE) return;
    const [previous, next] = [this.previous[thread]!, this.next[thread]!];
    if (previous === NONE) this.first[parent] = next;
    else this.next[previous] = next;
    if (next !== NONE) this.previous[next] = previous;
    this.parent[thread] = NONE;
    this.previous[thread] = NONE;
    this.next[thread] = NONE;
  }

  /** As the first child: children stand by when they were learned, the newest first. */
  private adopt(parent: number, thread: number): void {
    const first = this.first[parent]!;
    this.parent[thread] = parent;
    this.previous[thread] = NONE;
    this.next[thread] = first;
    if (first !== NONE) this.previous[first] = thread;
    this.first[parent] = thread;
  }

  private widen(threads: number): void {
    if (threads <= this.times.length) return;
    const wider = (column: Int32Array, value: number) => {
      const all = new Int32Array(threads).fill(value);
      all.set(column);
      return all;
    };
    this.times = wider(this.times, 0);
    this.attached = wider(this.attached, NONE);
    this.parent = wider(this.parent, NONE);
    this.first = wider(this.first, NONE);
    this.next = wider(this.next, NONE);
    this.previous = wider(this.previous, NONE);
  }
}
