/** The server's words, in the language that the client has told it when it began. What is stored or exported stays English. */
import { seenElsewhere } from '../core/analyse/telling/also-seen';
import type { Finding } from '../protocol/finding';
import { english, type Phrase, phrase, type Translations, translated, type Value } from '../protocol/phrase';

let translations: Translations = {};

export function speak(known: Translations): void {
  translations = known;
}

/** `` t`Suppress ${check} here` ``, translated. */
export const t = (parts: TemplateStringsArray, ...values: readonly Value[]): string => say(phrase(parts, ...values));

export const say = (said: Value): string => translated(said, translations);

/** Says sentences of which these are the templates; others stay as they are. */
export function speaker(phrases: readonly Phrase[]): (text: string) => string {
  const all = new Map(phrases.map((one) => [english(one), one]));
  return (text) => say(all.get(text) ?? text);
}

const known = new WeakMap<Finding, ReadonlyMap<string, Phrase>>();

/** Says the texts of a finding. Those of older findings have no templates and stay English. */
export function speakerOf(finding: Finding): (text: string) => string {
  let phrases = known.get(finding);
  if (phrases === undefined) {
    const all = new Map((finding.phrases ?? []).map((one) => [english(one), one]));
    for (const { test, sites } of finding.alsoSeen ?? []) {
      for (const { role } of sites) {
        const elsewhere = seenElsewhere(all.get(role) ?? role, test);
        all.set(english(elsewhere), elsewhere);
      }
    }
    phrases = all;
    known.set(finding, phrases);
  }
  const said = phrases;
  return (text) => say(said.get(text) ?? text);
}

/** As it is shown. */
export function spoken(finding: Finding): Finding {
  if (Object.keys(translations).length === 0) return finding;
  const of = speakerOf(finding);
  const sitesOf = (sites: Finding['sites']) => sites.map((site) => ({ ...site, role: of(site.role) }));
  return {
    ...finding,
    message: of(finding.message),
    explanation: finding.explanation.map(of),
    sites: sitesOf(finding.sites),
    ...(finding.steps ? { steps: finding.steps.map((step) => ({ ...step, text: of(step.text) })) } : {}),
    ...(finding.alsoSeen
      ? { alsoSeen: finding.alsoSeen.map((one) => ({ ...one, message: of(one.message), sites: sitesOf(one.sites) })) }
      : {}),
    ...(finding.fixes ? { fixes: finding.fixes.map((fix) => ({ ...fix, title: of(fix.title) })) } : {}),
  };
}
