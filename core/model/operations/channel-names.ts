/**
 * Which channels have gone by which names in a run: what a select that has not waited yet will look at can be told by
 * what others have done before with operands of the same name.
 */
import { ABSENT, channelDirection, siteAt, type Trace, type TraceEvent } from '../../trace/trace';
import { labelOperand } from './label';
import type { KnownCase } from './moment';

/** Channels of one name: more than these say nothing. */
const MOST = 3;

export class ChannelNames {
  /** Folder and name → the channels, the newest last. */
  private readonly channels = new Map<string, number[]>();

  constructor(private readonly trace: Trace) {}

  take(event: TraceEvent): void {
    const { operation, object, site, aux } = event;
    if (object === ABSENT || (operation !== 'close' && operation !== 'select-case' && !channelDirection(event))) return;
    const at = siteAt(this.trace, site);
    if (!at) return;
    const text = at.cases ? labelOperand(at.cases[aux] ?? '')?.operand : at.expression;
    const key = text && keyOf(at.file, text);
    if (!key) return;
    const known = this.channels.get(key)?.filter((one) => one !== object) ?? [];
    this.channels.set(key, [...known, object].slice(-MOST));
  }

  /** For each case of a select; none of a case whose name was not met, or means too many. */
  ofCases(site: number): KnownCase[][] {
    const at = siteAt(this.trace, site);
    return (at?.cases ?? []).map((label, index) => {
      const found = labelOperand(label);
      const key = found && keyOf(at!.file, found.operand);
      const objects = (key && this.channels.get(key)) || [];
      return objects.length < MOST ? objects.map((object) => ({ index, object, direction: found!.direction })) : [];
    });
  }
}

/** The last name of an operand, within a package: who calls it `p.stop` and who `s.stop` may mean the same. */
function keyOf(file: string, operand: string): string | undefined {
  const name = /(\w+(?:\(\))?)\s*$/u.exec(operand)?.[1];
  return name === undefined ? undefined : `${file.slice(0, file.lastIndexOf('/') + 1)} ${name}`;
}
