import { z } from 'zod';
import { jsonSchemaText } from '../../findings/json-schema.ts';
import { GateSettings } from './settings.ts';

/** `.hemostat.yaml` as a JSON Schema, for editors; a newline at the end. `review:` is described in docs/source-review-usage.md. */
export function gateSchema(): string {
  const file = z.strictObject({ gate: GateSettings.optional(), review: z.looseObject({}).optional() });
  return jsonSchemaText(file, '.hemostat.yaml');
}
