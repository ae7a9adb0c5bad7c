/** The schema of SARIF 2.1.0, as its committee has published it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const require = createRequire(import.meta.url);
const schema = JSON.parse(
  readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8'),
);
// It is of draft 04 by its head alone: what differs in later drafts does not occur in it.
delete schema.$schema;
delete schema.id;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats(ajv);
const validate = ajv.compile(schema);

export const isSarif = (log: unknown): boolean => validate(log);

export function assertSarif(log: unknown, what = ''): void {
  assert.ok(isSarif(log), `${what} ${JSON.stringify(validate.errors?.slice(0, 3))}`);
}
