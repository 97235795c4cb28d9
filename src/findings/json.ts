import { canonical } from './canonical.ts';
import type { Diagnosis } from './model.ts';

/**
 * The diagnosis as JSON (docs/schema/diagnosis.schema.json): keys in the order of the model, two spaces, a newline at
 * the end. The same diagnosis always gives the same bytes.
 */
export function writeJson(d: Diagnosis): string {
  return `${JSON.stringify(canonical(d), null, 2)}\n`;
}
