/** The schema of a file that people write, for their editors. */
import { z } from 'zod';

/** As JSON, draft 7; what zod transforms is described as it stands in the file. A newline at the end. */
export function jsonSchemaText(schema: z.ZodType, title: string): string {
  const made = z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any', reused: 'inline' });
  return `${JSON.stringify({ ...made, title }, null, 2)}\n`;
}
