/** Findings that are as they should be, as somebody has said in the settings (`lockstep.intended`): why, by their id. */
import type { Finding } from '../../protocol/finding';

export interface Intended {
  /** The id that the settings name: the finding's own, or one that it had before it was found to be the same as another. */
  id: string;
  reason: string;
}

export function intendedIn(
  { id, alsoSeen = [] }: Pick<Finding, 'id' | 'alsoSeen'>,
  reasons: Readonly<Record<string, string>>,
): Intended | undefined {
  for (const known of [id, ...alsoSeen.flatMap((view) => view.id ?? [])]) {
    const reason = Object.hasOwn(reasons, known) ? reasons[known] : undefined;
    if (reason !== undefined) return { id: known, reason };
  }
  return undefined;
}

/** Those that are problems, and those that are intended. */
export function separated(findings: readonly Finding[]): { open: Finding[]; intended: Finding[] } {
  return {
    open: findings.filter(({ intended }) => intended === undefined),
    intended: findings.filter(({ intended }) => intended !== undefined),
  };
}
