/** What the text of a select's case says of it. */
export type LabelKind = 'default' | 'end' | 'time' | 'send' | 'receive';

export function labelKind(label: string): LabelKind {
  if (label === 'default') return label;
  if (/\bDone\(\)|\b(?:\w+\.)*(?:done|quit|stop|stopped|stopCh|closed|closing|exit|cancel\w*)\b/iu.test(label))
    return 'end';
  if (/\btime\.After\(|\.C\b|timeout|timer|tick/iu.test(label)) return 'time';
  return /^\s*[^<=\s][^<=]*<-/u.test(label) ? 'send' : 'receive';
}
