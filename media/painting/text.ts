/** Text on a canvas that ends with … where it does not fit; what was measured once is remembered. */

const fitted = new Map<string, string>();
const MOST = 4_000;

export function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (width < 8) return '';
  const key = `${context.font} ${Math.floor(width)} ${text}`;
  const known = fitted.get(key);
  if (known !== undefined) return known;
  let shown = text;
  if (context.measureText(text).width > width) {
    let low = 0;
    let high = text.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
      else high = middle - 1;
    }
    shown = low === 0 ? '' : `${text.slice(0, low)}…`;
  }
  if (fitted.size > MOST) fitted.clear();
  fitted.set(key, shown);
  return shown;
}
