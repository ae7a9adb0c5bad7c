/**
 * Scores what is predicted of operations on the kernels of GoBench, of which the model has seen none: at identical
 * prefixes, against what many continuations did.
 */
import { join } from 'node:path';
import { type OperationScores, scoreOperations } from '../../core/model/operations/score';
import { copyKernels, findKernels } from '../benchmark/goker-checkout';
import { type Attempt, CANCELLED, failed, succeeded } from '../system/attempt';
import { writeProblem } from '../system/files';
import { type GatheringOptions, gatherOperations } from './gathering';

export interface OperationsDocument extends OperationScores {
  /** Kernels' tests that there was no time for. */
  left: number;
  problems: string[];
}

export type EvaluateOperationsOptions = Omit<GatheringOptions, 'directory' | 'file'> & {
  /** A checkout of GoBench. Absolute. */
  directory: string;
  /** A folder for what is gathered, which is read instead the next time. Absolute. */
  kept?: string;
};

export const OPERATIONS_FILE = 'operations.json';

export async function evaluateOperations(options: EvaluateOperationsOptions): Promise<Attempt<OperationsDocument>> {
  const { installation, kept, signal, ...more } = options;
  const checkout = await findKernels(options.directory);
  if (!checkout.ok) return checkout;
  const parent = join(installation.cache, 'goker');
  let directory: string;
  try {
    // Its name tells its content, so that what was built of it the last time is found.
    directory = await copyKernels(checkout.value, checkout.value.kernels, parent);
  } catch (error) {
    return failed(writeProblem(parent, error));
  }
  const file = kept === undefined ? undefined : join(kept, OPERATIONS_FILE);
  const gathered = await gatherOperations({ ...more, installation, directory, file, signal });
  if (!gathered.ok) return gathered;
  if (signal?.aborted) return CANCELLED;
  const { tests, left, problems } = gathered.value;
  if (tests.length === 0) return failed('there was no time for any kernel');
  return succeeded({ ...scoreOperations(tests), left, problems });
}
