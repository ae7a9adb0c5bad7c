/** Which of the runtime's strategies makes the schedules. */
import { STRATEGIES, type StrategyName } from '../../protocol/run';
import type { StrategyChoice } from '../../protocol/settings';

/** What `auto` stands for. */
const AUTO: StrategyName = 'auto';

export function strategyOf(choice: StrategyChoice): StrategyName {
  return STRATEGIES.find((known) => known === choice) ?? AUTO;
}
