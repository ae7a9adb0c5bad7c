import type { Finding } from '../protocol/finding';
import { KIND_WORDS } from '../protocol/kind-words';
import { type Phrase, phrase } from '../protocol/phrase';

/** `deadlock`, `data race`: the kind, in as few words as a lens has room for. */
export function nameOfKind({ kind }: Finding): Phrase {
  switch (kind) {
    case 'goroutine-leak':
      return phrase`leak`;
    case 'send-on-closed-channel':
    case 'close-of-closed-channel':
    case 'close-of-nil-channel':
    case 'negative-waitgroup':
    case 'unlock-of-unlocked-mutex':
      return phrase`panic`;
    case 'test-failure':
      return phrase`failure`;
    default:
      return KIND_WORDS[kind];
  }
}
