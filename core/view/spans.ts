/** Stretches of columns in rows: waits and held locks. Those of one row do not overlap, so a window is found by halving. */
export interface Spans {
  /** Row r has the spans offsets[r] … offsets[r + 1] - 1, ascending. */
  offsets: Int32Array;
  /** Columns, both inclusive. */
  from: Int32Array;
  to: Int32Array;
  /** 1: it goes on to the end of the run. */
  open: Uint8Array;
  /** Index into the layout's labels. */
  label: Int32Array;
  /** The lock held, or what is waited for; -1 for several or none. */
  object: Int32Array;
}

export interface Span {
  from: number;
  to: number;
  open: boolean;
  label: number;
  object: number;
}

export function spansOf(rows: readonly (readonly Span[])[]): Spans {
  const count = rows.reduce((sum, row) => sum + row.length, 0);
  const spans: Spans = {
    offsets: new Int32Array(rows.length + 1),
    from: new Int32Array(count),
    to: new Int32Array(count),
    open: new Uint8Array(count),
    label: new Int32Array(count),
    object: new Int32Array(count),
  };
  let at = 0;
  for (const [row, list] of rows.entries()) {
    for (const span of list) {
      spans.from[at] = span.from;
      spans.to[at] = span.to;
      spans.open[at] = span.open ? 1 : 0;
      spans.label[at] = span.label;
      spans.object[at++] = span.object;
    }
    spans.offsets[row + 1] = at;
  }
  return spans;
}

/** The first span of a row that ends at `column` or later; the row's end when there is none. */
export function firstEnding({ offsets, to }: Spans, row: number, column: number): number {
  let low = offsets[row]!;
  let high = offsets[row + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (to[middle]! < column) low = middle + 1;
    else high = middle;
  }
  return low;
}
