/** Settings of `guard deps`: the section `gate.deps` of `.hemostat.yaml`, and the target of the command's flags. */
import { z } from 'zod';
import { INEXCUSABLE } from '../inexcusable.ts';
import { goSettings } from './go/settings.ts';

/** `npm:left-pad@1.3.0`, `npm:@acme/*`, `go:example.com/x@v1.2.3`; `*` stands for any characters. */
const packagePattern = z
  .string()
  .max(512)
  .regex(/^(npm|go):\S+$/, 'must be npm:NAME@VERSION or go:MODULE@VERSION, where * stands for any characters');

/** An exception: findings of these rules on these packages become `cleared`; the entries' verdicts stay what they are. */
const allowEntry = z.strictObject({
  package: packagePattern,
  /** Ids of rules; there is no blanket exception. */
  rules: z
    .array(
      z
        .string()
        .min(1)
        .refine(
          (id) => !INEXCUSABLE.includes(id),
          'must be a rule that an exception may cover (none of changed bytes or wrong signatures)',
        ),
    )
    .min(1),
  reason: z.string().trim().min(1, 'say why: an exception without a reason is a hole'),
  /** The last day on which it counts (UTC). */
  until: z.iso.date().optional(),
});

export type AllowEntry = z.infer<typeof allowEntry>;

const httpAddress = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).password === '', {
    message: 'must not hold credentials: put them into .npmrc',
  });

export const npmSettings = z.strictObject({
  /** Registries by scope (`@acme`) or `default`; they go before .npmrc. */
  registries: z
    .record(z.string().regex(/^(default|@[a-z0-9~._-]+)$/i, 'must be `default` or a @scope'), httpAddress)
    .default({}),
  /** Keys that alone are trusted, as `/-/npm/v1/keys` answers or as the TUF target `keys.json` holds them. */
  'keys-file': z.string().min(1).optional(),
  /** A sigstore trusted root (JSON) for attestations, instead of the one that TUF gives. */
  'trusted-root': z.string().min(1).optional(),
  /** Another TUF repository than sigstore's, and the root.json that it is trusted by. */
  'tuf-mirror': httpAddress.optional(),
  'tuf-root': z.string().min(1).optional(),
  /** Verify attestations, and compare provenance with that of earlier versions. */
  provenance: z.boolean().default(true),
  /** Versions that the registry says are younger than this are reported; 0 asks for no times. */
  'cool-down-days': z.number().min(0).max(3650).default(3),
  /** Requests at the same time. */
  connections: z.int().min(1).max(64).default(16),
});

export type NpmSettings = z.infer<typeof npmSettings>;

export const depsSettings = z.strictObject({
  /** package-lock.json, npm-shrinkwrap.json, go.sum and go.work.sum to read; by default those that are found below the directory. */
  'lock-files': z.array(z.string().min(1)).optional(),
  allow: z.array(allowEntry).default([]),
  npm: npmSettings.prefault({}),
  go: goSettings.prefault({}),
});

export type DepsSettings = z.infer<typeof depsSettings>;

/** The first exception that is for a rule and for all of these packages (`npm:name@version`), or null. */
export function coveringAllow(
  allow: readonly AllowEntry[],
  rule: string,
  packages: readonly string[],
): AllowEntry | null {
  if (packages.length === 0) return null;
  return (
    allow.find((entry) => entry.rules.includes(rule) && packages.every((name) => matches(entry.package, name))) ?? null
  );
}

/** `*` stands for any characters. Matched piece by piece, so that no pattern is slow. */
export function matches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const [head = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(head) || !text.endsWith(last) || text.length < head.length + last.length) return false;
  let from = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, from);
    if (found < 0) return false;
    from = found + piece.length;
  }
  return from <= text.length - last.length;
}
