/** Makes elements with text as text: nothing of a trace is ever read as HTML. */

type Attributes = Record<string, string | number | boolean | undefined>;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

export function drawing<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/** `undefined` and `false` leave the attribute out, `true` sets it empty. */
function setAttributes(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
}

/** The parts of a text, with an element where each of the signs stands. */
export function around(text: string, elements: Readonly<Record<string, Node>>): (Node | string)[] {
  return text.split(new RegExp(`([${Object.keys(elements).join('')}])`, 'u')).map((part) => elements[part] ?? part);
}

/** Positions by the object model: the page's policy allows no style attributes. */
export function place(made: HTMLElement, box: { left: number; top: number; width?: number; height?: number }): void {
  made.style.left = `${box.left}px`;
  made.style.top = `${box.top}px`;
  if (box.width !== undefined) made.style.width = `${box.width}px`;
  if (box.height !== undefined) made.style.height = `${box.height}px`;
}
