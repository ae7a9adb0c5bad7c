/** A language that nobody speaks: English in wide letters. What stays narrow was never looked up. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Translations } from '../../protocol/phrase';

const bundle: Record<string, string> = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../l10n/bundle.l10n.json'), 'utf8'),
);

/** `ｗａｉｔｓ`. Links, icons and places stay as they are. */
const widened = (text: string): string =>
  text.replaceAll(/\{\d+\}|\$\([\w-]+\)|[a-z]/giu, (part) =>
    part.length > 1 ? part : String.fromCodePoint(part.codePointAt(0)! + 0xfee0),
  );

export const PSEUDO: Translations = Object.fromEntries(
  Object.entries(bundle).map(([key, text]) => [key, widened(text)]),
);

/** Words in narrow letters that do not stand in `names`. */
export function untranslated(text: string, names: string): string[] {
  const known = new Set(wordsIn(names));
  return wordsIn(text).filter((word) => !known.has(word));
}

const wordsIn = (text: string): string[] => text.match(/[a-z]{2,}/giu) ?? [];
