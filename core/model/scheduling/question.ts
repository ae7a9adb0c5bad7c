/** What a goroutine does next that comes to an operation: as it is asked when nothing is known but the code. */
import type { Op } from '../../static/flow/operations';
import type { Code } from './ahead';
import { fromCodeAlone, type Situation } from './candidates';
import { promptFromCode } from './prompt';

export interface CodeQuestion extends Situation {
  /** For language models. */
  prompt: string;
}

/** Undefined where the code from the operation on cannot be followed. */
export function questionBefore(code: Code, op: Op): CodeQuestion | undefined {
  const place = code.before(op);
  if (place.steps.length === 0) return undefined;
  const { name, file } = op.fn;
  const frame = { function: `${file.source.packageName}.${name}`, file: file.path, line: code.lineOf(op) };
  return { ...fromCodeAlone(place, 1), prompt: promptFromCode(code, place, [frame], code.usersOf(op)) };
}
