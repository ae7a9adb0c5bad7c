/** Templates of what a finding says, where findings become one. */
import type { Finding } from '../../../protocol/finding';
import { english, type Phrase } from '../../../protocol/phrase';

/** The finding with the phrases of all that it says, its own and those of others that it has been joined with. */
export function withPhrasesOf(finding: Finding, others: readonly Pick<Finding, 'phrases'>[]): Finding {
  const known = new Map<string, Phrase>();
  for (const { phrases = [] } of [finding, ...others]) for (const one of phrases) known.set(english(one), one);
  if (known.size === 0) return finding;
  const said = textsOf(finding).sort();
  return { ...finding, phrases: [...new Set(said)].flatMap((text) => known.get(text) ?? []) };
}

const textsOf = ({ message, explanation, sites, alsoSeen = [], fixes = [] }: Finding): string[] => [
  message,
  ...explanation,
  ...[...sites, ...alsoSeen.flatMap((view) => view.sites)].map(({ role }) => role),
  ...alsoSeen.map((view) => view.message),
  ...fixes.map(({ title }) => title),
];
