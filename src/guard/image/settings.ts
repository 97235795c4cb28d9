/** Settings of `guard image`: the section `gate.image` of `.hemostat.yaml`, and the target of the command's flags. */
import { z } from 'zod';
import { SIGNATURE_FORMS, type SignatureForm } from '../signature/signature.ts';

const text = z.string().trim().min(1);

/** Scanners whose reports are read; `sarif` is any other that writes SARIF 2.1.0. */
export const SCANNERS = ['trivy', 'grype', 'osv-scanner', 'govulncheck', 'sarif'] as const;
export type Scanner = (typeof SCANNERS)[number];

/** `always`, only where a fixed version exists, or never. */
const when = z.enum(['always', 'fixed', 'never']);

const exception = z.strictObject({
  /** A CVE, GHSA or GO number, or any alias that a scanner gives. */
  id: text.max(128),
  /** Of this package only. */
  package: text.max(512).optional(),
  reason: z.string().trim().min(1, 'say why: an exception without a reason is a hole'),
  /** The last day on which it counts (UTC). */
  until: z.iso.date('must be a day like 2026-12-31'),
});

export const vulnerabilityPolicy = z.strictObject({
  /** In the quarantine tag and in the signed verdict. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be a name of lower-case letters, digits, dots and dashes')
    .default('default'),
  /** Which vulnerabilities refuse the image, by the highest severity that a scanner gives them. */
  refuse: z
    .strictObject({
      critical: when.default('always'),
      high: when.default('fixed'),
      medium: when.default('never'),
      low: when.default('never'),
      /** No scanner says how severe; govulncheck never does. */
      unknown: when.default('fixed'),
    })
    .prefault({}),
  /** Code that govulncheck or osv-scanner shows not to be called: `low` counts it as low, `same` as if it were called. */
  unreachable: z.enum(['low', 'same']).default('low'),
  exceptions: z.array(exception).default([]),
});

const forms: readonly [SignatureForm, ...SignatureForm[]] = [
  'sig-tag',
  ...SIGNATURE_FORMS.filter((form) => form !== 'sig-tag'),
];
const attestationForms: readonly [SignatureForm, ...SignatureForm[]] = [
  'bundle-referrer',
  ...forms.filter((form) => form !== 'sig-tag' && form !== 'bundle-referrer'),
];

/** A file, or a file with the day from which on the key signs nothing that counts. */
const publicKey = z.union([
  text,
  z.strictObject({ file: text, 'not-after': z.iso.date('must be a day like 2026-12-31').optional() }),
]);

const signature = z
  .strictObject({
    /** Files with public keys, PEM; what a key signed after its `not-after` counts only where a log or timestamp shows it to be older. */
    keys: z.array(publicKey).default([]),
    /** Keyless signers; a subject between slashes is a regular expression. */
    identities: z.array(z.strictObject({ issuer: text, subject: text })).default([]),
    /** A sigstore trusted_root.json; needed for identities. */
    'trusted-root': text.optional(),
    /** Demand an entry in a transparency log; by default for identities and not for keys. */
    'require-log': z.boolean().optional(),
    /** The forms that admission reads: the signature has to be readable in every one. Without it, any one will do. */
    forms: z.array(z.enum(forms)).min(1).optional(),
  })
  .refine(({ keys, identities }) => keys.length + identities.length > 0, {
    message: 'must name at least one key or identity: nobody would be trusted',
  });

const verdict = z.strictObject({
  /** The private key's file, PEM or cosign's; an encrypted one takes COSIGN_PASSWORD or password-file. None that signs images. */
  key: text,
  'password-file': text.optional(),
  /**
   * Where it is put; by default a bundle, or `att-tag` where the image is signed in the `.sig` tag alone. A registry without the
   * referrers API has a bundle in the fallback tag.
   */
  forms: z.array(z.enum(attestationForms)).min(1).optional(),
  /** verifier.id of the SLSA verification summary; by default `urn:hemostat:gate`, or `urn:hemostat:guard-image` for the part alone. */
  verifier: text.optional(),
});

export const imageSettings = z.strictObject({
  /** `registry/name:tag`, with or without `@sha256:…`; the command's argument goes before it. */
  ref: text.optional(),
  /** Files of scanners, relative to the directory that is gated. */
  reports: z.array(text).default([]),
  /** Scanners without whose report nothing passes. */
  require: z.array(z.enum(SCANNERS)).default([]),
  /** Reports that are older do not count. */
  'max-report-age-hours': z.number().positive().max(8760).default(72),
  policy: vulnerabilityPolicy.prefault({}),
  /** `off`: a refused digest gets no tag. */
  quarantine: z.enum(['tag', 'off']).default('tag'),
  /** Without it signatures are not looked at, which is said. */
  signature: signature.optional(),
  /** Without it no verdict is signed, which is said. */
  verdict: verdict.optional(),
  /** Say what would be written, and write nothing. */
  'dry-run': z.boolean().default(false),
  /** Plain HTTP to a registry that is not on this machine. */
  insecure: z.boolean().default(false),
});

export type ImageSettings = z.infer<typeof imageSettings>;
export type VulnerabilityPolicy = z.infer<typeof vulnerabilityPolicy>;
