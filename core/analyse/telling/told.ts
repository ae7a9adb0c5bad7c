/** An explanation as it is put together: sentences, of which those are steps that happened at a place. */
import type { Finding, FindingStep } from '../../../protocol/finding';

export type Told = string | FindingStep;

/** The two fields of a finding that it becomes. */
export function explanationOf(told: readonly Told[]): Pick<Finding, 'explanation' | 'steps'> {
  const steps = told.filter((one) => typeof one !== 'string');
  return {
    explanation: told.map((one) => (typeof one === 'string' ? one : one.text)),
    ...(steps.length > 0 ? { steps } : {}),
  };
}
