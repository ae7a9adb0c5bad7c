/** An explanation as it is put together: sentences, of which those are steps that happened at a place. */

import type { Finding, FindingStep } from '../../../protocol/finding';
import { english, type Phrase } from '../../../protocol/phrase';

export type Told = Phrase | TellingStep;

export interface TellingStep extends Omit<FindingStep, 'text'> {
  text: Phrase;
}

const isStep = (told: Told): told is TellingStep => 'text' in told;

export const phrasesOf = (told: readonly Told[]): Phrase[] => told.map((one) => (isStep(one) ? one.text : one));

/** The two fields of a finding that it becomes. */
export function explanationOf(told: readonly Told[]): Pick<Finding, 'explanation' | 'steps'> {
  const steps = told.filter(isStep).map((step): FindingStep => ({ ...step, text: english(step.text) }));
  return {
    explanation: phrasesOf(told).map(english),
    ...(steps.length > 0 ? { steps } : {}),
  };
}
