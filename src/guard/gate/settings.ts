/**
 * The `gate:` section of `.hemostat.yaml`: what `hemostat gate` runs, and what `hemostat guard …` takes its settings from.
 * Documented in docs/guard.md, published as docs/schema/gate.schema.json.
 */
import { z } from 'zod';
import { configSettings } from '../config/settings.ts';
import { depsSettings } from '../deps/settings.ts';
import { privateHosts } from '../http/private-hosts.ts';
import { imageSettings } from '../image/settings.ts';
import type { GatePart } from '../part.ts';
import { surfaceSettings } from '../surface/settings.ts';
import { DEFAULT_LIMIT, type FailOn } from './limit.ts';

export const PARTS: readonly GatePart[] = ['review', 'deps', 'image', 'config', 'surface'];

const Text = z.string().min(1);
const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);
const Verdict = z.enum(['proven', 'confirmed', 'suspected']);

const Limit = z.strictObject({ severity: Severity.optional(), verdict: Verdict.optional() });
const LimitOrNever = z.union([z.literal('never'), Limit], {
  error: 'must be never, or a map with severity and verdict',
});

/** A day (`2026-12-31`), on which it still counts. */
const Day = z.preprocess(
  (value) => (value instanceof Date ? value.toISOString().slice(0, 10) : value),
  z.iso.date('must be a day like 2026-12-31'),
);

/** What is known and accepted for a while. Everything that it covers stays in the report. */
export const ExceptionSettings = z.strictObject({
  rule: Text,
  /** The finding's subject, e.g. `apps/Deployment/shop/api#container/web`; `*` stands for any text. */
  subject: Text.optional(),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'must be 16 hex digits, as in --json')
    .optional(),
  reason: Text,
  until: Day,
});
export type ExceptionRule = z.infer<typeof ExceptionSettings>;

/** An address is a secret (whoever knows Slack's can post): it comes from a variable or a file. */
export const ReceiverShape = {
  kind: z.enum(['slack', 'webhook']),
  'url-env': Text.optional(),
  'url-file': Text.optional(),
};

export interface ReceiverAddress {
  readonly 'url-env'?: string | undefined;
  readonly 'url-file'?: string | undefined;
}

export function hasOneAddress(one: ReceiverAddress): boolean {
  return (one['url-env'] === undefined) !== (one['url-file'] === undefined);
}

export const ONE_ADDRESS = {
  error: 'must have url-env or url-file (one of them): the address is a secret and does not stand in this file',
};

export const NotifySettings = z
  .strictObject({
    ...ReceiverShape,
    /** Also when a gate passes that blocked before (CI variable or the baseline tell). */
    on: z
      .array(z.enum(['block', 'unknown', 'pass']))
      .min(1)
      .default(['block', 'unknown']),
  })
  .refine(hasOneAddress, ONE_ADDRESS);
export type NotifyTarget = z.infer<typeof NotifySettings>;

/** How the gate reviews; the rules and limits are those of the file's `review:`. */
export const ReviewGateSettings = z
  .strictObject({
    patterns: z.array(Text).min(1).default(['./...']),
    'new-from-rev': Text.optional(),
    'new-from-merge-base': Text.optional(),
  })
  .refine((one) => one['new-from-rev'] === undefined || one['new-from-merge-base'] === undefined, {
    error: 'must have new-from-rev or new-from-merge-base, not both',
  });
export type ReviewSettings = z.infer<typeof ReviewGateSettings>;

export const GateSettings = z.strictObject({
  /** What runs; without it, what there is something to look at for. */
  parts: z
    .array(z.enum(['review', 'deps', 'image', 'config', 'surface']))
    .min(1)
    .optional(),
  'fail-on': z
    .strictObject({
      severity: Severity.default(DEFAULT_LIMIT.severity),
      verdict: Verdict.default('confirmed'),
      deps: LimitOrNever.optional(),
      image: LimitOrNever.optional(),
      config: LimitOrNever.optional(),
      surface: LimitOrNever.optional(),
      review: z.enum(['high', 'medium', 'low', 'never']).optional(),
    })
    .prefault({}),
  exceptions: z.array(ExceptionSettings).default([]),
  baseline: Text.optional(),
  notify: z.array(NotifySettings).default([]),
  /** Registries and other hosts with an authority of their own, or that want a client certificate; by host. */
  tls: privateHosts.default({}),
  review: ReviewGateSettings.prefault({}),
  deps: depsSettings.prefault({}),
  image: imageSettings.prefault({}),
  config: configSettings.prefault({}),
  surface: surfaceSettings.prefault({}),
});
export type GateConfig = z.infer<typeof GateSettings>;

/**
 * For each part, with what it inherits.
 * @param review what `review.fail-on` of the file says, where the gate does not
 * @param asked the command line's severity: it goes before all that the file says
 */
export function failOnOf(
  config: GateConfig,
  review: FailOn['review'] | undefined,
  asked: z.infer<typeof Severity> | 'never' | undefined,
): FailOn {
  const { severity, verdict, ...parts } = config['fail-on'];
  const limit = (own: z.infer<typeof LimitOrNever> | undefined): FailOn['limits']['deps'] => {
    if (asked === 'never' || (asked === undefined && own === 'never')) return 'never';
    const limits = own === 'never' ? {} : own;
    return { severity: asked ?? limits?.severity ?? severity, verdict: limits?.verdict ?? verdict };
  };
  return {
    limits: {
      deps: limit(parts.deps),
      image: limit(parts.image),
      config: limit(parts.config),
      surface: limit(parts.surface),
    },
    review: asked === 'never' ? 'never' : (parts.review ?? review ?? 'high'),
  };
}
