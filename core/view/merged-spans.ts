/** Spans of several goroutines in one row: those that overlap become one. */
import type { Span } from './spans';

/** `named` gives the label of so many spans with these labels. */
export function mergeSpans(spans: readonly Span[], named: (labels: readonly number[], open: number) => number): Span[] {
  const merged: Span[] = [];
  let labels: number[] = [];
  let open = 0;
  const end = (): void => {
    const last = merged.at(-1);
    if (last) last.label = named(labels, open);
  };
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (!last || span.from > last.to) {
      end();
      merged.push({ ...span });
      labels = [span.label];
      open = span.open ? 1 : 0;
      continue;
    }
    last.to = Math.max(last.to, span.to);
    last.open ||= span.open;
    if (last.object !== span.object) last.object = -1;
    labels.push(span.label);
    if (span.open) open++;
  }
  end();
  return merged;
}

/** Spans in rows in which none overlap, each in the first that has room; without those for which none has. */
export function packed(spans: readonly Span[], most: number): Span[][] {
  const rows: Span[][] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const free = rows.findIndex((row) => row.at(-1)!.to < span.from);
    if (free >= 0) rows[free]!.push(span);
    else if (rows.length < most) rows.push([span]);
  }
  return rows;
}
