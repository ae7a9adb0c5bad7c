/** signal.Notify with a channel without room. */
import { phrase } from '../../../protocol/phrase';
import type { Check } from '../check';
import { siteAt } from './reporting';

export const sigchanyzer: Check = {
  name: 'sigchanyzer',
  title: 'Unbuffered channel for signals',
  summary: 'signal.Notify does not wait: a signal is lost when nobody receives at that moment.',
  explanation: 'Give the channel room for at least one signal (go vet: sigchanyzer; staticcheck SA1017).',
  severity: 'warning',
  examples: [
    {
      wrong: 'func Wait() {\n\tc := make(chan os.Signal)\n\tsignal.Notify(c, os.Interrupt)\n\t<-c\n}',
      right: 'func Wait() {\n\tc := make(chan os.Signal, 1)\n\tsignal.Notify(c, os.Interrupt)\n\t<-c\n}',
    },
  ],
  *run(all) {
    for (const fn of all.functions()) {
      for (const op of fn.ops) {
        if (op.kind !== 'call' || !/^(?:os\/)?signal\.Notify$/u.test(op.call?.name ?? '')) continue;
        const made = op.call!.argPlaces[0]?.root.value;
        const list =
          made?.childForFieldName('function')?.text === 'make' ? made.childForFieldName('arguments') : undefined;
        const [type, size] = list?.namedChildren ?? [];
        if (type?.type !== 'channel_type' || size) continue;
        yield {
          fn,
          message: phrase`A signal that comes while nobody receives from ${op.call!.args[0]!.text} is lost`,
          explanation: [phrase`signal.Notify does not wait for a receiver, and the channel has no room.`],
          sites: [
            siteAt(fn, made!, phrase`made without room`, 'make'),
            siteAt(fn, op.node, phrase`used for signals`, 'call'),
          ],
          fixes: [
            {
              title: phrase`Give it room for one signal`,
              edits: [{ file: fn.file, start: type.endIndex, end: type.endIndex, text: ', 1' }],
            },
          ],
        };
      }
    }
  },
};
