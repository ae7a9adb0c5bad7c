/** What the text of a select's case says of it. */
export type LabelKind = 'default' | 'end' | 'time' | 'send' | 'receive';

export function labelKind(label: string): LabelKind {
  if (label === 'default') return label;
  if (/\bDone\(\)|\b(?:\w+\.)*(?:done|quit|stop|stopped|stopCh|closed|closing|exit|cancel\w*)\b/iu.test(label))
    return 'end';
  if (/\btime\.After\(|\.C\b|timeout|timer|tick/iu.test(label)) return 'time';
  return /^\s*[^<=\s][^<=]*<-/u.test(label) ? 'send' : 'receive';
}

/** The channel of a case as it is written, and what the case does with it; undefined of the default. */
export function labelOperand(label: string): { operand: string; direction: 'send' | 'receive' } | undefined {
  const at = label.indexOf('<-');
  if (at < 0) return undefined;
  const before = label.slice(0, at).trim();
  const sends = before !== '' && !before.endsWith('=');
  return sends ? { operand: before, direction: 'send' } : { operand: label.slice(at + 2).trim(), direction: 'receive' };
}
