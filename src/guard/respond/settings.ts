/** The file of `guard respond`, `hemostat/respond@1`: documented in docs/respond.md, published as docs/schema/respond.schema.json. */
import { z } from 'zod';
import { DURATION_FORM, durationMs } from '../../findings/duration.ts';
import { jsonSchemaText } from '../../findings/json-schema.ts';
import { hasOneAddress, ONE_ADDRESS, ReceiverShape } from '../gate/settings.ts';

const Text = z.string().min(1).max(1024);
const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);

const LONGEST_MS = 366 * 86_400_000;
/** ms. No transform: the file's JSON Schema has the texts. */
const Duration = z
  .string()
  .regex(DURATION_FORM, { error: 'must be a duration like 15m, 2h or 5d', abort: true })
  .refine((text) => (durationMs(text) ?? 0) > 0 && (durationMs(text) ?? 0) <= LONGEST_MS, {
    error: 'must be longer than nothing and at most a year',
  });
const DurationOrNone = z.union([z.literal('none'), Duration], {
  error: 'must be a duration like 15m, 2h or 5d, or none',
});

export const Row = z
  .strictObject({
    /** A rule, or a pattern in which `*` stands for any text. */
    kind: z
      .string()
      .regex(/^[a-z0-9*-]{1,200}$/, 'must be a rule like goroutine-growth, or a pattern like goroutine-* or "*"'),
    severity: z.union([Severity, z.literal('*')], { error: 'must be one of critical, high, medium, low, info, "*"' }),
    role: z.enum(['development', 'operations', 'security']),
    /** From found to acknowledged. */
    acknowledge: DurationOrNone.default('none'),
    /** From found to the proof; `none` takes these findings out of rows below. */
    due: DurationOrNone,
    artefact: z.enum(['fix-with-test', 'rollback-plan', 'detection-rule', 'note']).default('note'),
    proof: z.enum(['measured', 'checked', 'said']).default('said'),
  })
  .refine((row) => row.proof !== 'checked' || row.artefact !== 'note', {
    path: ['proof'],
    error: 'must be said or measured: a note is not checked',
  });

const Minute = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time like "09:00"');
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Hours = z.strictObject({
  /** As the IANA names it, e.g. Europe/Berlin. */
  zone: Text,
  days: z.array(z.enum(DAYS)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
  from: Minute.default('09:00'),
  to: Minute.default('18:00'),
  holidays: z.array(z.iso.date('must be a day like 2026-12-25')).max(10_000).default([]),
  /** Whose clocks run at any hour. */
  always: z.array(Severity).default(['critical']),
});

const Step = z.strictObject({
  /** Share of the time: 0.5 is half of it, 1 the breach. */
  at: z.number().min(0).max(100),
  tell: z.array(Text).min(1).max(100),
});

export const ReceiverSettings = z.strictObject(ReceiverShape).refine(hasOneAddress, ONE_ADDRESS);
export type ReceiverTarget = z.infer<typeof ReceiverSettings>;

export const RespondFile = z.strictObject({
  schema: z.literal('hemostat/respond@1'),
  /** From the top; the first row that matches gives the clock of its role. Without it, the built-in ones. */
  matrix: z.array(Row).min(1).max(1000).optional(),
  /** Without it, clocks run at any hour. */
  hours: Hours.optional(),
  escalation: z.array(Step).min(1).max(20).optional(),
  'longest-pause': DurationOrNone.optional(),
  /** By the names that `tell` uses. */
  receivers: z
    .record(z.string().regex(/^[\w.-]{1,100}$/, 'must be a name of letters, digits, . _ and -'), ReceiverSettings)
    .default({}),
});
export type RespondFile = z.infer<typeof RespondFile>;

/** As a JSON Schema, for editors; a newline at the end. */
export function respondSchema(): string {
  return jsonSchemaText(RespondFile, 'hemostat guard respond');
}
