/** Answers of the server that may not come. */

export type Nothing = { type: 'cancelled' } | { type: 'problem'; problem: string };

/** LSPErrorCodes.RequestCancelled of the client's library, which is not loaded for a number. */
const REQUEST_CANCELLED = -32800;

/** What came, or why nothing did. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | Nothing> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error)) return { type: 'problem', problem: String(error) };
    if ('code' in error && error.code === REQUEST_CANCELLED) return { type: 'cancelled' };
    return { type: 'problem', problem: error.message };
  }
}
