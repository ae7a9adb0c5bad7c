/** Candidates with the reordering that shows them, where one is found. */
import { Meetings } from '../reorder/meeting';
import type { Prediction, Subject } from './prediction';

/** More candidates, and longer executions, are told without. */
const MAX_CANDIDATES = 200;
const MAX_EVENTS = 200_000;
/** Steps of the search for all candidates together: about two seconds. */
const STEPS = 400_000;

/** `holds`: further conditions on the order, such as locks that have to be held then. */
export function witnessed<P extends Prediction>(
  { execution, search }: Subject,
  predictions: readonly P[],
  holds: (prediction: P, witness: readonly number[]) => boolean = () => true,
): P[] {
  if (predictions.length === 0 || execution.count > MAX_EVENTS) return [...predictions];
  const meetings = new Meetings(execution);
  const steps = Math.ceil((search?.steps ?? STEPS) / Math.min(predictions.length, MAX_CANDIDATES));
  return predictions.map((prediction, at) => {
    if (at >= MAX_CANDIDATES || prediction.witness || search?.skip(prediction.events)) return prediction;
    const witness = meetings.witness(prediction.events, steps);
    return witness && holds(prediction, witness) ? { ...prediction, sound: true, witness } : prediction;
  });
}
