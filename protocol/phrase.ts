/**
 * What people read, as a template with its values, so that it can be put into their language where they read it. Written
 * in English: findings are stored, printed and compared in it.
 */

/** A sentence, or a part of one. */
export interface Phrase {
  /** In English, with `{0}` for the first value; what translations are looked up by. */
  key: string;
  values: readonly Value[];
  /** It begins a sentence. */
  capital?: true;
}

/** Names and numbers are the same in all languages. */
export type Value = string | number | Phrase;

/** Keys with their translations, as VS Code reads them from l10n/. */
export type Translations = Readonly<Record<string, string>>;

/** Puts into the language that is read where it is shown. */
export type Say = (said: Value) => string;

/** `` phrase`${who} waits for ${lock}` ``: scripts/l10n.mjs gathers the templates of this tag. */
export function phrase(parts: TemplateStringsArray, ...values: readonly Value[]): Phrase {
  return { key: parts.reduce((key, part, at) => `${key}{${at - 1}}${part}`), values };
}

export const english = (said: Value): string => translated(said, {});

/** In English where there is no translation. */
export function translated(said: Value, translations: Translations): string {
  if (typeof said !== 'object') return String(said);
  const { key, values, capital } = said;
  // What has no words of its own has no translation: `{0} ({1})`.
  const template = Object.hasOwn(translations, key) ? (translations[key] ?? key) : key;
  const text = template.replaceAll(/\{(\d+)\}/gu, (place, at) => {
    const value = values[Number(at)];
    return value === undefined ? place : translated(value, translations);
  });
  return capital ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

export const capitalised = (said: Phrase): Phrase => ({ ...said, capital: true });

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly Value[]): Phrase {
  const [only] = items;
  if (items.length < 2) return only === undefined ? phrase`` : phrase`${only}`;
  return phrase`${joined(items.slice(0, -1))} and ${items[items.length - 1]!}`;
}

/** With commas between, or whatever. */
export function joined(items: readonly Value[], between = ', '): Phrase {
  return { key: items.map((_, at) => `{${at}}`).join(between), values: items };
}
