/** Templates of what a finding says, where findings become one and where more is said of them. */
import type { Finding } from '../../../protocol/finding';
import { english, type Phrase, type Value } from '../../../protocol/phrase';

/** The finding with the phrases of all that it says, its own and those of others that it has been joined with. */
export function withPhrasesOf(finding: Finding, others: readonly Pick<Finding, 'phrases'>[]): Finding {
  const known = new Map<string, Phrase>();
  for (const { phrases = [] } of [finding, ...others]) for (const one of phrases) known.set(english(one), one);
  if (known.size === 0) return finding;
  const said = textsOf(finding).sort();
  return { ...finding, phrases: [...new Set(said)].flatMap((text) => known.get(text) ?? []) };
}

/** A text of the finding, with its template where that is known. */
export const saidIn = ({ phrases = [] }: Pick<Finding, 'phrases'>, text: string): Value =>
  phrases.find((one) => english(one) === text) ?? text;

export const messageOf = (finding: Finding): Value => saidIn(finding, finding.message);

/** The finding with another message or explanation. What is not said anew keeps its template. */
export function retold(finding: Finding, said: { message?: Value; explanation?: readonly Value[] }): Finding {
  const { message = finding.message, explanation = finding.explanation } = said;
  const told = { ...finding, message: english(message), explanation: explanation.map(english) };
  return withPhrases(told, [message, ...explanation]);
}

/** So much more is said of it. */
export const withSentences = (finding: Finding, ...added: readonly Value[]): Finding =>
  retold(finding, { explanation: [...finding.explanation, ...added] });

/** Knows the templates of what it says. */
export const withPhrases = (finding: Finding, said: readonly Value[]): Finding =>
  withPhrasesOf(finding, [{ phrases: said.filter((one) => typeof one === 'object') }]);

/** Names and places in it otherwise. */
export function withNames(said: Value, change: (name: string) => string): Value {
  if (typeof said === 'string') return change(said);
  return typeof said === 'number' ? said : { ...said, values: said.values.map((value) => withNames(value, change)) };
}

const textsOf = ({ message, explanation, sites, alsoSeen = [], fixes = [] }: Finding): string[] => [
  message,
  ...explanation,
  ...[...sites, ...alsoSeen.flatMap((view) => view.sites)].map(({ role }) => role),
  ...alsoSeen.map((view) => view.message),
  ...fixes.map(({ title }) => title),
];
