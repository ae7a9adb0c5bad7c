/** Shapes of parameters: what a value has to be, and where one is not. */
import type { Position, Range } from 'vscode-languageserver/node';
import type { FindingReference } from '../protocol/messages';

export interface Misfit {
  /** `textDocument.uri`; empty for the value itself. */
  at: string;
  /** `a string`. */
  wanted: string;
}

/** Undefined for a value that fits. */
export type Shape = (value: unknown) => Misfit | undefined;

const when =
  (fits: (value: unknown) => boolean, wanted: string): Shape =>
  (value) =>
    fits(value) ? undefined : { at: '', wanted };

export const anything: Shape = () => undefined;
export const text = when((value) => typeof value === 'string', 'a string');
export const integer = when((value) => Number.isSafeInteger(value), 'an integer');
export const count = when((value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number from 0 on');

export function oneOf(words: readonly string[]): Shape {
  return when((value) => typeof value === 'string' && words.includes(value), `one of ${words.join(', ')}`);
}

export function optional(shape: Shape): Shape {
  return (value) => (value === undefined || value === null ? undefined : shape(value));
}

export function listOf(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return { at: '', wanted: 'a list' };
    for (const [index, one] of value.entries()) {
      const misfit = shape(one);
      if (misfit) return { at: join(String(index), misfit.at), wanted: misfit.wanted };
    }
    return undefined;
  };
}

/** An object with these fields, and whatever else. */
export function fields<T>(shapes: { [Name in keyof Required<T>]: Shape }): Shape {
  return (value) => {
    if (typeof value !== 'object' || value === null) return { at: '', wanted: 'an object' };
    for (const [name, shape] of Object.entries<Shape>(shapes)) {
      const misfit = shape(Reflect.get(value, name));
      if (misfit) return { at: join(name, misfit.at), wanted: misfit.wanted };
    }
    return undefined;
  };
}

const join = (outer: string, inner: string): string => (inner === '' ? outer : `${outer}.${inner}`);

export const position = fields<Position>({ line: count, character: count });
export const range = fields<Range>({ start: position, end: position });
export const document = fields<{ uri: string }>({ uri: text });
export const inDocument = fields<{ textDocument: { uri: string } }>({ textDocument: document });
export const findingReference = { root: text, id: text } satisfies Record<keyof FindingReference, Shape>;
