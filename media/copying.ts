/** What is shown as text for elsewhere: all of it, or of much the part on the screen. */
import type { FromTracePage } from '../protocol/webview';
import type { Asking } from './asking';
import type { Run } from './runs';
import { t } from './words';
import type { CopyFormat } from './worker-messages';

/** Events that are written out in a table for a paper or a ticket. */
const MOST_COPIED = 2_000;

/** `screen` are the columns on it, both inclusive. The message to send, and what to say of it; a file is asked about anyway. */
export async function copied(
  asking: Asking,
  { number, layout, facts }: Run,
  screen: { from: number; to: number },
  format: CopyFormat,
): Promise<{ message: FromTracePage; said?: string }> {
  const { events } = layout;
  const isFile = format === 'perfetto';
  const isPart = !isFile && events.length > MOST_COPIED;
  const { from, to } = screen;
  const chosen = isPart ? events.slice(from, Math.min(to + 1, from + MOST_COPIED)) : events.slice();
  const text = await asking.ask('copy', { run: number, format, events: chosen });
  if (isFile) return { message: { type: 'save', name: `${facts.test || 'trace'}.perfetto.json`, text } };
  const many = chosen.length.toLocaleString('en');
  const said = isPart ? t`Copied ${many} events, those on the screen.` : t`Copied ${many} events.`;
  return { message: { type: 'copy', text }, said };
}
