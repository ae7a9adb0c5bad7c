/** The colours of the theme, for the canvas, which reads no variables. */
import { familyOf } from '../core/view/describe';
import { OPERATIONS } from '../protocol/trace';

export interface Theme {
  font: string;
  background: string;
  foreground: string;
  quiet: string;
  line: string;
  focus: string;
  selection: string;
  stuck: string;
  found: string;
  surprise: string;
  past: string;
  future: string;
  lock: string;
  /** Operation code → colour of its family. */
  families: string[];
  /** The same as pixels of an image: red, green, blue and alpha of each, opaque. */
  pixels: Uint8ClampedArray;
  quietPixel: Uint8ClampedArray;
  stuckPixel: Uint8ClampedArray;
  lockPixel: Uint8ClampedArray;
  arrows: [string, string, string, string];
  /** Borders carry what is filled elsewhere. */
  highContrast: boolean;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  const families = {
    life: value('--family-life'),
    channel: value('--family-channel'),
    lock: value('--family-lock'),
    memory: value('--family-memory'),
    time: value('--family-time'),
    end: value('--family-end'),
  };
  return {
    font: style.fontFamily,
    background: value('--vscode-editor-background'),
    foreground: value('--vscode-editor-foreground'),
    quiet: value('--vscode-descriptionForeground'),
    line: value('--line'),
    focus: value('--vscode-focusBorder'),
    selection: value('--vscode-list-inactiveSelectionBackground') || value('--line'),
    stuck: value('--stuck'),
    found: value('--found'),
    surprise: value('--surprise'),
    past: value('--past'),
    future: value('--future'),
    lock: families.lock,
    families: OPERATIONS.map((operation) => families[familyOf(operation)]),
    pixels: pixelsOf(OPERATIONS.map((operation) => families[familyOf(operation)])),
    quietPixel: pixelsOf([value('--vscode-descriptionForeground')]),
    stuckPixel: pixelsOf([value('--stuck')]),
    lockPixel: pixelsOf([families.lock]),
    arrows: [families.life, families.channel, families.lock, value('--vscode-descriptionForeground')],
    highContrast: document.body.className.includes('high-contrast'),
  };
}

/** A canvas knows what a colour of the theme is in numbers, however it is written. */
function pixelsOf(colours: readonly string[]): Uint8ClampedArray {
  const canvas = document.createElement('canvas');
  canvas.width = colours.length;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return new Uint8ClampedArray(4 * colours.length);
  for (const [at, colour] of colours.entries()) {
    context.fillStyle = colour;
    context.fillRect(at, 0, 1, 1);
  }
  return context.getImageData(0, 0, colours.length, 1).data;
}

/** Calls back when the user chooses another theme. */
export function onThemeChange(changed: () => void): void {
  new MutationObserver(changed).observe(document.body, { attributeFilter: ['class', 'data-vscode-theme-id'] });
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ['style'] });
}
