/** The tracer's command: it type-checks the user's code and must be of the same Go. */

import { join } from 'node:path';
import { phrase } from '../../protocol/phrase';
import type { Attempt } from '../system/attempt';
import type { Installation } from '../system/installation';
import { buildGoCommand } from './go-command';
import type { Toolchain } from './toolchain';

/** Path of a tracer command that fits the toolchain. Fails as buildGoCommand does. */
export function buildTracer(
  { root, cache }: Installation,
  toolchain: Toolchain,
  signal?: AbortSignal,
): Promise<Attempt<string>> {
  const sources = join(root, 'tracer');
  const command = {
    title: phrase`tracer`,
    sources,
    package: './cmd/lockstep-tracer',
    name: 'lockstep-tracer',
    sameGo: true,
  };
  return buildGoCommand(command, cache, toolchain, signal);
}
