/** Which tests a `-run` expression means. */
import { type Attempt, errorText, failed, succeeded } from '../system/attempt';

/**
 * A test matches when the expression's part before the first slash matches its name anywhere, as in `go test -run`.
 * Fails when it is not a regular expression.
 */
export function testFilter(expression: string | undefined): Attempt<(test: string) => boolean> {
  const top = expression?.split('/')[0];
  if (!top) return succeeded(() => true);
  try {
    const pattern = new RegExp(top);
    return succeeded((test) => pattern.test(test));
  } catch (error) {
    return failed(`--run ${expression}: ${errorText(error)}`);
  }
}
