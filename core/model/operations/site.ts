/**
 * What comes of the operation at a place of the source, over whole runs: from the code alone what such operations came to
 * in other programs, then the counts of this program's own runs.
 */
import type { Operation } from '../../../protocol/trace';
import { labelKind } from './label';
import { FOR_EVER } from './outcome-words';

export interface SiteOperation {
  operation: string;
  /** The operand as written. */
  expression: string;
  /** Labels of a select in source order. */
  cases?: readonly string[];
}

export interface SiteCandidate {
  /** As in OutcomeCount.outcomes. */
  name: string;
  features: string[];
}

const OUTCOMES: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  send: ['at-once', 'waited', FOR_EVER],
  receive: ['at-once', 'waited', 'closed', FOR_EVER],
  lock: ['at-once', 'waited', FOR_EVER],
  rlock: ['at-once', 'waited', FOR_EVER],
  'wg-wait': ['at-once', 'waited', FOR_EVER],
  'cond-wait': ['waited', FOR_EVER],
  once: ['at-once', 'waited', FOR_EVER],
};

/** Empty where nothing is open. What runs have shown besides is added: words of newer versions, panics. */
export function siteCandidates(site: SiteOperation, shown: Iterable<string> = []): SiteCandidate[] {
  const labels = site.cases ?? [];
  const known =
    site.operation === 'select'
      ? labels.map((label, index) => (label === 'default' ? label : `case:${index}`))
      : [...(OUTCOMES[site.operation as Operation] ?? [])];
  if (site.operation === 'select' && labels.length > 0 && !labels.includes('default')) known.push(FOR_EVER);
  for (const name of shown) if (!known.includes(name)) known.push(name);
  return known.map((name) => ({ name, features: featuresOf(site, name) }));
}

function featuresOf({ operation, expression, cases = [] }: SiteOperation, outcome: string): string[] {
  const index = Number(/^case:(\d+)$/u.exec(outcome)?.[1] ?? Number.NaN);
  const about = `site ${operation} ${Number.isNaN(index) ? outcome : 'case'}`;
  if (operation !== 'select') return [about, `${about} ${operandKind(expression)}`];
  const kinds = cases.map(labelKind);
  const alternatives = `of ${Math.min(cases.length, 4)}${cases.includes('default') ? ' default' : ''}`;
  const own = Number.isNaN(index) ? [] : [`${about} ${kinds[index]}`, `${about} ${kinds[index]} ${alternatives}`];
  return [about, `${about} ${alternatives}`, ...own];
}

/** What a name says of a channel or lock. */
function operandKind(expression: string): string {
  if (expression.includes('Done()')) return 'context';
  return labelKind(`<-${expression}`);
}
