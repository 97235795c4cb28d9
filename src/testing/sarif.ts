/** For tests: what the published schema of SARIF 2.1.0 has against a log. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';

const PUBLISHED = '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json';

/** The schema is in draft 4; only the name of `id` differs in what it uses, and ajv 8 reads it without. */
function sarifSchema(): Record<string, unknown> {
  const path = createRequire(import.meta.url).resolve(PUBLISHED);
  const { id, $schema, ...rest } = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  if ($schema !== 'http://json-schema.org/draft-04/schema#') throw new Error(`${PUBLISHED} is not in draft 4`);
  return { $id: id, ...rest };
}

const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const validate = ajv.compile(sarifSchema());

/** One line for each objection; none where the log is valid. */
export function sarifObjections(log: unknown): string[] {
  return validate(log) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
