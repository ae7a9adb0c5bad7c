/**
 * Rows of pixels, each painted once and stretched to its height: what shares pixels. Ten thousand rectangles would cost a
 * frame; a pixel costs a number, and none where one only scrolls up and down.
 */
export type Paint = (pixels: Uint8ClampedArray, begin: number) => void;

export class RowImages {
  private data = new ImageData(1, 1);
  private painted = new Uint8Array(0);
  private readonly canvas = document.createElement('canvas');
  private context: CanvasRenderingContext2D | null = null;
  private of: readonly unknown[] = [];

  /** Rows stay as they are for as long as nothing of `of` changes, which is what they show. */
  begin(width: number, rows: number, of: readonly unknown[]): void {
    const isSame = this.of.length === of.length && of.every((it, at) => it === this.of[at]);
    if (isSame && this.data.width === width && this.painted.length === rows) return;
    this.of = [...of];
    if (this.data.width === width && this.painted.length === rows) {
      this.painted.fill(0);
      return;
    }
    this.data = new ImageData(width, Math.max(1, rows));
    this.painted = new Uint8Array(rows);
    this.canvas.width = width;
    this.canvas.height = Math.max(1, rows);
    this.context = this.canvas.getContext('2d');
  }

  /** Has rows first … last ready, all of which `paint` is asked for that are not. */
  ready(first: number, last: number, paint: (row: number) => Paint): void {
    const { data, painted } = this;
    let from = -1;
    for (let row = first; row <= last + 1; row++) {
      const isWanted = row <= last && painted[row] === 0;
      if (isWanted) {
        const begin = row * data.width;
        data.data.fill(0, 4 * begin, 4 * (begin + data.width));
        paint(row)(data.data, begin);
        painted[row] = 1;
        if (from < 0) from = row;
      } else if (from >= 0) {
        this.context?.putImageData(data, 0, 0, 0, from, data.width, row - from);
        from = -1;
      }
    }
  }

  draw(onto: CanvasRenderingContext2D, row: number, left: number, top: number, width: number, height: number): void {
    onto.drawImage(this.canvas, 0, row, this.data.width, 1, left, top, width, height);
  }
}
