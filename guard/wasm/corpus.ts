/** Reads guard/wasm/corpus.yaml: bodies and the answers that are right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const Group = z.strictObject({
  type: z.string(),
  config: z.record(z.string(), z.unknown()).default({}),
  cases: z.array(
    z.strictObject({
      body: z.string().optional(),
      hex: z
        .string()
        .regex(/^([0-9a-f]{2})+$/)
        .optional(),
      expect: z.string(),
      why: z.string().optional(),
    }),
  ),
});

export interface CorpusCase {
  readonly name: string;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly expect: string;
}

export function readCorpus(): CorpusCase[] {
  const text = readFileSync(join(import.meta.dirname, 'corpus.yaml'), 'utf8');
  return z
    .array(Group)
    .parse(parse(text))
    .flatMap(({ type, config, cases }) =>
      cases.map(({ body, hex, expect }) => ({
        name: `${type || 'no type'}: ${JSON.stringify(body ?? hex)}`,
        type,
        config,
        body: new Uint8Array(body === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(body)),
        expect,
      })),
    );
}
