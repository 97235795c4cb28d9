import { z } from 'zod';
import { GateSettings } from './settings.ts';

/** `.hemostat.yaml` as a JSON Schema, for editors; a newline at the end. `review:` is described in docs/source-review-usage.md. */
export function gateSchema(): string {
  const file = z.strictObject({ gate: GateSettings.optional(), review: z.looseObject({}).optional() });
  const schema = z.toJSONSchema(file, { target: 'draft-7', io: 'input', unrepresentable: 'any', reused: 'inline' });
  return `${JSON.stringify({ ...schema, title: '.hemostat.yaml' }, null, 2)}\n`;
}
