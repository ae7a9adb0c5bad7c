import type { Finding } from '../protocol/finding';

/** `deadlock`, `data race`: the kind in words. */
export function nameOfKind({ kind }: Finding): string {
  switch (kind) {
    case 'goroutine-leak':
      return 'leak';
    case 'send-on-closed-channel':
    case 'close-of-closed-channel':
    case 'close-of-nil-channel':
    case 'negative-waitgroup':
    case 'unlock-of-unlocked-mutex':
      return 'panic';
    case 'test-failure':
      return 'failure';
    default:
      return kind.replaceAll('-', ' ');
  }
}
