/** Of conditions: who was woken and has not gone on yet, as far as a trace tells. A signal wakes one goroutine. */
import { ABSENT, goroutineOf, objectOf, operationOf, partnerOf, phaseOf, type Trace } from '../../trace/trace';

interface Condition {
  waiting: Set<number>;
  /** Events that woke one of those who wait each. */
  signals: Set<number>;
  /** The newest that woke all. */
  broadcast: number;
}

export class Signals {
  private readonly conditions = new Map<number, Condition>();

  constructor(private readonly trace: Trace) {}

  /** Takes in an event of a condition; others are passed over. */
  take(index: number): void {
    const { trace } = this;
    const operation = operationOf(trace, index);
    if (operation !== 'cond-wait' && operation !== 'cond-signal' && operation !== 'cond-broadcast') return;
    const condition = this.of(objectOf(trace, index));
    const { waiting, signals } = condition;
    if (operation === 'cond-broadcast') condition.broadcast = index;
    else if (operation === 'cond-signal') {
      // Where all have been woken already it wakes nobody.
      if (signals.size < waiting.size) signals.add(index);
    } else if (phaseOf(trace, index) === 'block') waiting.add(goroutineOf(trace, index));
    else {
      waiting.delete(goroutineOf(trace, index));
      signals.delete(partnerOf(trace, index));
    }
  }

  /** Whether somebody was woken after that event who may be whoever has waited since. */
  after(condition: number, event: number): boolean {
    const found = this.conditions.get(condition);
    return found !== undefined && (found.broadcast > event || [...found.signals].some((signal) => signal > event));
  }

  private of(object: number): Condition {
    let condition = this.conditions.get(object);
    if (!condition) {
      condition = { waiting: new Set(), signals: new Set(), broadcast: ABSENT };
      this.conditions.set(object, condition);
    }
    return condition;
  }
}
