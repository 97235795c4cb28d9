import { z } from 'zod';
import { fileSchema } from './schema.ts';

/** The configuration file as a JSON Schema, for editors; a newline at the end. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(fileSchema, { target: 'draft-7', reused: 'inline' });
  return `${JSON.stringify({ ...schema, title: 'hemostat watch' }, null, 2)}\n`;
}
