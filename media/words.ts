/** The page's words, in the language of the workbench: it sends the translations before it sends anything to show. */
import { type Phrase, phrase, type Translations, translated, type Value } from '../protocol/phrase';

let translations: Translations = {};

export function speak(known: Translations): void {
  translations = known;
}

export const spoken = (): Translations => translations;

/** `` t`Step ${step}: who could go on` ``, translated. */
export const t = (parts: TemplateStringsArray, ...values: readonly Value[]): string => say(phrase(parts, ...values));

export const say = (said: Phrase): string => translated(said, translations);
