/**
 * A tree for a view whose nodes stay the same objects as long as they stand for the same thing. A view that is drawn anew
 * loses a click or a key that is under way, so it is told of no more than what has changed.
 */
import * as vscode from 'vscode';

export interface Branch<T> {
  /** The same for as long as it stands for the same thing; each once in the tree. */
  id: string;
  value: T;
  /** What its own row shows of the value; all of it when left out. */
  look?: unknown;
  branches: Branch<T>[];
}

interface Shown<T> {
  node: T;
  /** As JSON. */
  look: string;
  /** Ids, in order. */
  children: string[];
  /** Undefined: it stands at the top. */
  parent: string | undefined;
}

export class StableTree<T extends object> {
  private shown = new Map<string, Shown<T>>();
  private top: string[] = [];
  private readonly ids = new Map<T, string>();
  /** Who has not asked yet need not be told: it would ask twice, and draw twice, when it is shown. */
  private asked = false;
  private readonly changed = new vscode.EventEmitter<T[] | undefined>();
  /** The nodes that have changed, with what is below them; undefined: all. */
  readonly onDidChange = this.changed.event;

  children(node?: T): T[] {
    this.asked = true;
    const ids = node === undefined ? this.top : (this.shown.get(this.idOf(node) ?? '')?.children ?? []);
    return ids.flatMap((id) => this.shown.get(id)?.node ?? []);
  }

  idOf(node: T): string | undefined {
    return this.ids.get(node);
  }

  /** Makes this the tree. Nodes that were there before take their new value and stay the same objects. */
  show(branches: readonly Branch<T>[]): void {
    const before = this.shown;
    const topBefore = this.top;
    this.shown = new Map();
    this.top = branches.map(({ id }) => id);
    this.ids.clear();
    const fresh: T[] = [];
    let moved = topBefore.join('\n') !== this.top.join('\n');
    const add = (
      { id, value, look: shows = value, branches: below }: Branch<T>,
      parent: string | undefined,
      isToldAbove: boolean,
    ): void => {
      const known = before.get(id);
      const look = JSON.stringify(shows);
      const children = below.map((branch) => branch.id);
      const node = known ? Object.assign(known.node, value) : value;
      // What goes from one node to another would be in both for a moment.
      if (known && known.parent !== parent) moved = true;
      const isOther = known !== undefined && (known.look !== look || known.children.join('\n') !== children.join('\n'));
      if (isOther && !isToldAbove) fresh.push(node);
      this.shown.set(id, { node, look, children, parent });
      this.ids.set(node, id);
      for (const branch of below) add(branch, id, isToldAbove || isOther);
    };
    for (const branch of branches) add(branch, undefined, false);
    if (!this.asked) return;
    if (moved) this.changed.fire(undefined);
    else if (fresh.length > 0) this.changed.fire(fresh);
  }
}
