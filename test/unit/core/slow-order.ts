/**
 * The relations by their definitions, slowly: events are nodes (accesses two: before and after they have seen a value),
 * the rules are edges written down one by one, and the relation is their closure.
 */
import type { Rules } from '../../../core/analyse/relations/rules';
import * as a from '../../../core/trace/execution/actions';
import type { Execution } from '../../../core/trace/execution/execution';

export interface SlowSection {
  lock: number;
  shared: boolean;
  acquire: number;
  /** Infinity while it is open. */
  release: number;
}

export function slowSections(execution: Execution): SlowSection[] {
  const { action, thread, target, count } = execution;
  const sections: SlowSection[] = [];
  for (let at = 0; at < count; at++) {
    const taking = action[at] === a.ACQUIRE || action[at] === a.READ_ACQUIRE;
    const shared = action[at] === a.READ_ACQUIRE || action[at] === a.READ_RELEASE;
    if (taking) sections.push({ lock: target[at]!, shared, acquire: at, release: Number.POSITIVE_INFINITY });
    else if (action[at] === a.RELEASE || action[at] === a.READ_RELEASE) {
      const open = sections.filter(
        (it) => it.lock === target[at] && it.shared === shared && it.release === Number.POSITIVE_INFINITY,
      );
      const own = open.findLast((it) => thread[it.acquire] === thread[at]);
      (own ?? open[0])!.release = at;
    }
  }
  return sections;
}

export const isLoose = ({ thread }: Execution, { acquire, release }: SlowSection): boolean =>
  release !== Number.POSITIVE_INFINITY && thread[acquire] !== thread[release];

export class SlowOrder {
  private readonly reach: boolean[][];
  private readonly nodes: number;

  constructor(
    private readonly execution: Execution,
    private readonly rules: Rules,
  ) {
    const { count, names } = execution;
    this.nodes = 2 * count + 2 * names.threads.length;
    this.reach = Array.from({ length: this.nodes }, () => Array.from({ length: this.nodes }, () => false));
    this.programOrder();
    for (let from = 0; from < count; from++) {
      for (let to = from + 1; to < count; to++) this.edgesOf(from, to);
    }
    this.close();
    if (rules.releases) while (this.orderReleases()) this.close();
  }

  /** Before: what is known when the access has not yet seen its value. */
  private pre = (event: number): number => 2 * event;
  private post = (event: number): number => 2 * event + 1;
  private born = (thread: number): number => 2 * this.execution.count + 2 * thread;
  private dead = (thread: number): number => 2 * this.execution.count + 2 * thread + 1;

  before(first: number, second: number): boolean {
    return this.reach[this.post(first)]![this.post(second)]!;
  }

  /** Also without what the second learns by reading. */
  beforeReading(first: number, second: number): boolean {
    return this.reach[this.post(first)]![this.pre(second)]!;
  }

  private add(from: number, to: number): void {
    this.reach[from]![to] = true;
  }

  private programOrder(): void {
    const { count, thread, action, target, names } = this.execution;
    for (let id = 0; id < names.threads.length; id++) this.add(this.born(id), this.dead(id));
    const last = new Map<number, number>();
    for (let at = 0; at < count; at++) {
      const id = thread[at]!;
      this.add(this.pre(at), this.post(at));
      this.add(last.has(id) ? this.post(last.get(id)!) : this.born(id), this.pre(at));
      this.add(this.post(at), this.dead(id));
      last.set(id, at);
      if (action[at] === a.FORK) this.add(this.post(at), this.born(target[at]!));
      if (action[at] === a.JOIN) this.add(this.dead(target[at]!), this.pre(at));
    }
  }

  private edgesOf(from: number, to: number): void {
    const { action, thread, target, detail, capacities, count } = this.execution;
    const [first, second] = [action[from]!, action[to]!];
    if (target[from] !== target[to]) return;
    const is = (...pairs: (readonly [number, number])[]): boolean =>
      pairs.some(([one, other]) => one === first && other === second);
    const edge = (): void => this.add(this.post(from), this.pre(to));
    if (is([a.SEND, a.RECEIVE]) && detail[from] === detail[to]) edge();
    if (is([a.CLOSE, a.RECEIVE_CLOSED], [a.TELL, a.HEAR], [a.LEAVE_NOTE, a.TAKE_NOTES])) edge();
    if (is([a.ADD, a.WAIT]) && detail[from]! < 0) edge();
    const senders = new Set(
      Array.from({ length: count }, (_, at) => at)
        .filter((at) => action[at] === a.SEND && target[at] === target[from])
        .map((at) => thread[at]),
    );
    const makesRoom = is([a.RECEIVE, a.SEND]) && detail[from]! + capacities[target[from]!]! === detail[to]!;
    if (makesRoom && (this.rules.observed || senders.size === 1)) edge();
    if (this.rules.observed) {
      if (is([a.RELEASE, a.ACQUIRE], [a.RELEASE, a.READ_ACQUIRE], [a.READ_RELEASE, a.ACQUIRE])) edge();
      if ((first === a.STORE || first === a.UPDATE) && [a.LOAD, a.STORE, a.UPDATE].includes(second)) edge();
    }
    const writes = (event: number): boolean => [a.WRITE, a.STORE, a.UPDATE].includes(action[event]!);
    if (this.rules.readsFrom && writes(from) && [a.READ, a.LOAD, a.UPDATE].includes(second)) {
      for (let between = from + 1; between < to; between++) {
        if (writes(between) && target[between] === target[from]) return;
      }
      this.add(this.post(from), this.post(to));
    }
  }

  private orderReleases(): boolean {
    const { execution } = this;
    const sections = slowSections(execution);
    let changed = false;
    for (const one of sections) {
      if (one.release === Number.POSITIVE_INFINITY) continue;
      for (const other of sections) {
        if (one === other || one.lock !== other.lock || (one.shared && other.shared)) continue;
        if (isLoose(execution, other)) continue;
        for (let event = other.acquire; event <= Math.min(other.release, execution.count - 1); event++) {
          if (execution.thread[event] !== execution.thread[other.acquire]) continue;
          for (const node of [this.pre(event), this.post(event)]) {
            if (event === one.release || this.reach[this.post(one.release)]![node]) continue;
            if (!this.reach[this.post(one.acquire)]![node]) continue;
            this.add(this.post(one.release), node);
            changed = true;
          }
        }
      }
    }
    return changed;
  }

  private close(): void {
    for (let via = 0; via < this.nodes; via++) {
      for (let from = 0; from < this.nodes; from++) {
        if (!this.reach[from]![via]) continue;
        for (let to = 0; to < this.nodes; to++) if (this.reach[via]![to]) this.reach[from]![to] = true;
      }
    }
  }
}
