/** Events and findings as they stand in a journal or in a JSON that was handed in: checked before they count. */
import { z } from 'zod';
import type { Finding } from '../../findings/model.ts';
import type { ResponseEvent } from './model.ts';

/** Of any text; a title of a megabyte is no title. */
const MOST_TEXT = 64 * 1024;
const MOST_ITEMS = 10_000;
/** The year 9999: later is no time that a date can be written of. */
const LATEST = Date.UTC(9999, 11, 31);

const text = z.string().max(MOST_TEXT);
const name = text.min(1);
const at = z.int().min(0).max(LATEST);
const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
const where = z.object({ function: text, file: text, line: z.int() });
const region = z.object({ file: text, line: z.int(), column: z.int(), endLine: z.int(), endColumn: z.int() });
const unit = z.enum(['bytes', 'bytes/h', 'count', 'count/h', 'count/min', 'ns', 's', 'ratio', 'ms', '1/s']);
const quantity = z.object({
  name: text,
  value: z.number(),
  unit,
  low: z.number().exactOptional(),
  high: z.number().exactOptional(),
});

/** The finding of docs/schema/diagnosis.schema.json; keys that are not known (of a report of guard) are left out. */
export const findingSchema: z.ZodType<Finding> = z.object({
  rule: name,
  verdict: z.enum(['proven', 'confirmed', 'suspected', 'cleared']),
  severity,
  title: text,
  where,
  subject: z.object({ service: text, instance: text }),
  count: z.number().nullable(),
  growth: z
    .object({
      perHour: z.number(),
      low: z.number(),
      high: z.number(),
      pValue: z.number().nullable(),
      timeToLimit: z.number().nullable(),
      limit: z.object({ bytes: z.number(), source: text }).nullable(),
    })
    .nullable(),
  holds: z.object({ bytes: z.number(), objects: z.number() }).nullable(),
  chain: z
    .array(
      z.object({
        kind: z.enum([
          'goroutine',
          'created-by',
          'blocked-at',
          'allocated-at',
          'frame',
          'object',
          'root',
          'mapping',
          'source',
          'grant',
          'link',
        ]),
        text,
        where: where.exactOptional(),
        bytes: z.number().exactOptional(),
        region: region.exactOptional(),
      }),
    )
    .max(MOST_ITEMS),
  evidence: z
    .array(
      z.object({
        leg: z.enum([
          'gc',
          'goroutine',
          'heap',
          'process',
          'load',
          'graph',
          'runtime',
          'source',
          'supply',
          'scan',
          'config',
          'syscall',
        ]),
        says: text,
        numbers: z.array(quantity).max(MOST_ITEMS),
        captures: z.array(text).max(MOST_ITEMS),
        source: z.object({ rule: text, confidence: z.enum(['high', 'medium', 'low']), where }).exactOptional(),
      }),
    )
    .max(MOST_ITEMS),
  fix: z.object({ text, title: text.exactOptional(), safe: z.boolean().exactOptional() }),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  confidence: z.enum(['high', 'medium', 'low']).exactOptional(),
  region: region.exactOptional(),
});

const role = z.enum(['development', 'operations', 'security']);
const clock = z.enum(['acknowledge', 'resolve']);
const id = z.string().regex(/^[0-9a-f]{16}$/);
const artefact = z.object({
  id,
  kind: z.enum(['fix-with-test', 'rollback-plan', 'detection-rule', 'note']),
  reference: text,
  note: text,
});
const every = { id, incident: id, at, by: name };

export const eventSchema: z.ZodType<ResponseEvent> = z.discriminatedUnion('kind', [
  z.object({
    ...every,
    kind: z.literal('found'),
    finding: findingSchema,
    source: text,
    seconds: z.number().min(0).nullable(),
  }),
  z.object({ ...every, kind: z.literal('acknowledged'), role, note: text }),
  z.object({ ...every, kind: z.literal('attached'), role, artefact }),
  z.object({ ...every, kind: z.literal('checked'), role, artefact: id, passed: z.boolean(), says: text }),
  z.object({ ...every, kind: z.literal('measured'), flat: z.boolean(), says: text }),
  z.object({ ...every, kind: z.literal('paused'), role: role.nullable(), why: text }),
  z.object({ ...every, kind: z.literal('resumed'), role: role.nullable() }),
  z.object({
    ...every,
    kind: z.literal('reminded'),
    round: z.int().min(1),
    role,
    clock,
    step: z.int().min(0),
    receivers: z.array(name).max(1000),
    due: at,
    says: text,
  }),
  z.object({ ...every, kind: z.literal('told'), reminder: id, receiver: name }),
  z.object({ ...every, kind: z.literal('closed'), says: text }),
  z.object({ ...every, kind: z.literal('reopened'), says: text }),
]);
