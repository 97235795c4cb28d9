/** The file form of a profile: what may stand in it. docs/schema/baseline.schema.json is made from this, for editors. */
import { z } from 'zod';
import { jsonSchemaText } from '../../../findings/json-schema.ts';

/** Name and version of the format; the number rises when a key changes its meaning. */
export const PROFILE_SCHEMA = 'hemostat/syscall-baseline@1';

/** As the kernel's table has them, and what the table lacks as `syscall_451`. */
const Syscall = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, { error: 'must be the name of a syscall, as in: openat' })
  .describe('Name of a syscall, as in /usr/include/asm/unistd.h without __NR_.');

const Rate = z.number().min(0);
const Text = z.string().max(4096);
/** One word or path; what a file name, a rule and a selector are made of. */
const Name = z.string().min(1).max(512);

const Time = z
  .union([z.literal('unknown'), z.iso.datetime({ error: 'must be a time, as in 2026-11-23T08:00:00.000Z' })])
  .describe('A time in UTC, or unknown.');

/** `sha256:…`, or `exe:NAME` where there is no image. */
const Digest = z
  .string()
  .max(512)
  .regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|exe:.+)$/s, {
    error: 'must be the digest of an image (sha256: and 64 hex digits), or exe: and the name of an executable',
  });

const Key = z.strictObject({ digest: Digest, container: z.string().max(512) });

const BandFields = z
  .strictObject({
    normal: z
      .tuple([Rate, Rate], { error: 'must be two numbers: the least and the most calls per minute that are normal' })
      .describe('Calls per minute that are normal, both inclusive.'),
    anomalous: Rate.describe('Calls per minute from which on a minute is an anomaly.'),
    source: z.string().min(1).max(128).optional().describe('What counted: tracepoint, perf-trace, strace, import.'),
    by: z
      .enum(['quantile', 'poisson', 'manual'])
      .optional()
      .describe(
        'quantile (default): of the minutes learned. poisson: a bound for rare calls. manual: kept by --update.',
      ),
    load: z
      .strictObject({ base: z.number(), 'per-unit': z.number(), noise: z.number().min(0).default(0.1) })
      .optional()
      .describe(
        'Calls per minute without load and per unit of load per minute; noise: standard deviation over mean of what is left.',
      ),
    recent: z
      .strictObject({ times: z.number().min(1), noise: z.number().min(0).default(0.1) })
      .optional()
      .describe(
        'So many times the level of the windows before is an anomaly, too; noise: standard deviation over that level.',
      ),
  })
  .superRefine(({ normal, anomalous }, context) => {
    const [low, high] = normal;
    if (low > high)
      context.addIssue({
        code: 'custom',
        path: ['normal'],
        message: `must have the smaller number first: [${high}, ${low}]`,
      });
    else if (anomalous <= high)
      context.addIssue({
        code: 'custom',
        path: ['anomalous'],
        message: `must be above ${high}, the upper end of normal,`,
      });
  });

export const ProfileFile = z.strictObject({
  schema: z.literal(PROFILE_SCHEMA),
  image: Text.default('').describe('As it was asked for: registry/shop:1.4.'),
  digest: Digest.describe('What the profile is of: sha256:… of the image, or exe:NAME.'),
  container: z.string().max(512).describe('Name of the container in its pod.'),
  parent: Key.optional().describe('The release that this one is compared with.'),
  learned: z
    .strictObject({
      from: Time,
      to: Time,
      minutes: Rate.describe('Container-minutes that the bands are made of.'),
      excluded: Rate.describe('Minutes left out: warm-up, incomplete, lost events.'),
      instances: Rate.describe('Containers or processes seen.'),
      'window-seconds': z
        .union([z.literal('unknown'), Rate])
        .describe('Length of a window; minutes are checked at this length.'),
      windows: Rate.describe('Windows that the bands are made of.'),
      'only-once': Rate.describe('Syscalls that were seen in one window alone.'),
      'hours-of-day': z.number().min(0).max(24).describe('Hours of the day (UTC) of which something was learned.'),
      ready: z.boolean().describe('Whether there were enough minutes; without, rates raise nothing.'),
    })
    .describe('What the bands were learned from.'),
  'load-metric': Name.optional().describe('Name of the load metric that load of bands is per unit of.'),
  allowed: z.array(Syscall).default([]).describe('Syscalls that are allowed though they were never seen.'),
  known: z
    .record(Syscall, z.string().min(1).max(512))
    .default({})
    .describe(
      'Syscalls that belong here but have no band, with what saw them: start-up, or the tool of an imported set.',
    ),
  syscalls: z
    .record(Syscall, BandFields)
    .default({})
    .describe('Band per syscall. What is neither here nor known was never seen.'),
  notes: z.array(Text).default([]),
});

export type ProfileFile = z.infer<typeof ProfileFile>;

/** As a JSON Schema; a newline at the end. */
export function profileJsonSchema(): string {
  return jsonSchemaText(ProfileFile, 'hemostat guard baseline: a profile');
}
