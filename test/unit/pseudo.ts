/** A language that nobody speaks: English in wide letters. What stays narrow was never looked up. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../protocol/finding';
import type { Translations } from '../../protocol/phrase';
import { speak, spoken } from '../../server/words';

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

/** Words of Go itself: why programs panic, what its packages do, what `go test` prints. */
const OF_GO =
  'go runtime error invalid memory address or nil pointer dereference concurrent map writes reads and write FAIL ' +
  'unexpected call to os Exit during test log Fatal';

/** What is said of findings that was not looked up, beside names in `sources` and calls, `f (a.go:7)`. */
export function englishLeft(findings: readonly Finding[], sources: string): string[] {
  speak(PSEUDO);
  try {
    return findings.flatMap((finding) => {
      const { message, explanation, sites, steps = [], alsoSeen = [] } = spoken(finding);
      const said = [
        ...[message, ...explanation, ...sites.map(({ role }) => role), ...steps.map(({ text }) => text)],
        ...alsoSeen.flatMap((view) => [view.message, ...view.sites.map(({ role }) => role)]),
      ];
      const names = `${sources} ${JSON.stringify([finding.sites, finding.alsoSeen])} ${OF_GO}`;
      return said.flatMap((text) =>
        untranslated(text.replaceAll(/\S+ \(\S+\.\w+:\d+\)/gu, ''), names).map((word) => `${word} in ${text}`),
      );
    });
  } finally {
    speak({});
  }
}

const wordsIn = (text: string): string[] => text.match(/[a-z]{2,}/giu) ?? [];
