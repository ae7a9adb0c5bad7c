/**
 * Code that is nested deeper than recursion goes is none that anybody has written: `otherwise` is what is seen in it. The
 * error has no type of its own.
 */
export function unlessTooDeep<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError && /call stack/i.test(error.message)) return otherwise;
    throw error;
  }
}
