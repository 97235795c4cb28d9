/** The file of `hemostat guard admit`: what it may hold. Times carry their unit in the key, sizes are counts. */
import { z } from 'zod';
import { SIGNATURE_FORMS, type SignatureForm } from '../signature/signature.ts';

const text = z.string().trim().min(1);
/** `*` stands for any characters, `/` included. */
const glob = text.max(512);
const globs = z.array(glob).min(1);
const reason = z.string().trim().min(1, 'must be a reason: an exception without one is a hole');

const addressPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;
export const listenAddress = z
  .string()
  .regex(addressPattern, 'must be HOST:PORT, e.g. 127.0.0.1:8443 or [::]:8443')
  .refine((at) => Number(addressPattern.exec(at)?.[2]) <= 65_535, { message: 'must have a port up to 65535' });

const forms: readonly [SignatureForm, ...SignatureForm[]] = [
  'sig-tag',
  ...SIGNATURE_FORMS.filter((f) => f !== 'sig-tag'),
];

const trust = z
  .strictObject({
    /** Files with public keys, PEM, relative to the configuration; with a day from which on they sign nothing that counts. */
    keys: z.array(z.union([text, z.strictObject({ file: text, 'not-after': z.iso.date().optional() })])).default([]),
    /** Keyless signers; a subject between slashes is a regular expression. */
    identities: z.array(z.strictObject({ issuer: text, subject: text })).default([]),
    /** A sigstore trusted_root.json; needed for identities. */
    'trusted-root': text.optional(),
    /** Demand an entry in a transparency log; by default for identities and not for keys. */
    'require-log': z.boolean().optional(),
  })
  .refine(({ keys, identities }) => keys.length + identities.length > 0, {
    message: 'must name at least one key or identity: nobody would be trusted',
  })
  .refine((set) => set.identities.length === 0 || set['trusted-root'] !== undefined, {
    message: 'must have trusted-root, since it names identities: without it no certificate can be believed',
  });

const match = z.strictObject({
  namespaces: globs.optional(),
  /** Labels of the pod (or its template), all of them. Whoever makes the pod chooses them. */
  labels: z.record(text, glob).optional(),
  /** `registry/repository`, without tag and digest. */
  images: globs.optional(),
});

const severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);

const policy = z.strictObject({
  name: text.max(128).regex(/^[A-Za-z0-9._-]+$/, 'must be a name of letters, digits, dots and dashes'),
  /** Without it: every image. */
  match: match.prefault({}),
  mode: z.enum(['enforce', 'warn']).default('enforce'),
  /** `resolve`: a tag is looked up and what it points to now is checked; a node may later pull something else. */
  digest: z.enum(['demand', 'resolve']).default('demand'),
  /** `off`, written out, is the only way to do without. */
  signature: z.union([
    z.literal('off'),
    z.strictObject({
      trust: text,
      forms: z
        .array(z.enum(forms))
        .min(1)
        .default([...forms.filter((f) => f !== 'att-tag')]),
    }),
  ]),
  verdict: z.union([
    z.literal('off'),
    z.strictObject({
      trust: text,
      'max-age-hours': z.number().positive().max(87_600).default(720),
      /** `policy.uri` of the verdict, as the gate writes it: what was asked of the image. */
      policy: text,
      /** And exactly this text of that policy. */
      'policy-sha256': z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
        .optional(),
      /** `verifier.id` of the verdict. */
      verifier: text.optional(),
    }),
  ]),
  /** Rules on the pod: findings from this severity on are refused. */
  config: z
    .union([
      z.literal('off'),
      z.strictObject({
        'refuse-from': severity.default('high'),
        except: z.array(z.strictObject({ rule: text, reason })).default([]),
      }),
    ])
    .prefault({}),
  /** When what must be read cannot be read and is not known from before. */
  'on-unreachable': z.enum(['deny', 'allow']).default('deny'),
});

const seconds = (standard: number, most: number) => z.number().positive().max(most).default(standard);

export const admitSettings = z.strictObject({
  listen: listenAddress.default('127.0.0.1:8443'),
  tls: z.strictObject({
    certificate: text,
    key: text,
    /** Only callers with a certificate of this authority may ask for decisions. */
    'client-ca': text.optional(),
  }),
  /** Plain HTTP, for metrics and probes. */
  metrics: z.strictObject({ listen: listenAddress.default('127.0.0.1:9090') }).prefault({}),
  /** Every answer is there within this time; keep it under the webhook's timeoutSeconds. */
  'timeout-ms': z.int().min(50).max(29_500).default(4000),
  /** Reviews at the same time; more are answered 429. */
  'most-reviews': z.int().min(1).max(10_000).default(256),
  'stop-seconds': seconds(15, 300),
  /** Between "not ready" and the end of listening, so that the Service stops sending. */
  'drain-seconds': z.number().min(0).max(120).default(3),
  exempt: z
    .strictObject({
      namespaces: z
        .array(z.strictObject({ namespace: glob, reason }))
        .default([
          { namespace: 'kube-system', reason: 'the cluster must be able to heal itself without this webhook' },
        ]),
      images: z.array(z.strictObject({ image: glob, reason })).default([]),
    })
    .prefault({}),
  trust: z.record(text, trust).default({}),
  policies: z.array(policy).min(1),
  registry: z
    .strictObject({
      /** A file as `docker login` writes it. */
      credentials: text.optional(),
      /** Registries (`host:port`) that are spoken to without TLS. */
      'plain-http': z.array(text).default([]),
      connections: z.int().min(1).max(64).default(8),
    })
    .prefault({}),
  cache: z
    .strictObject({
      entries: z.int().min(16).max(1_000_000).default(10_000),
      'fresh-seconds': seconds(3600, 604_800),
      /** So old may an answer be while the registry cannot be asked. */
      'stale-seconds': z.number().min(0).max(2_592_000).default(86_400),
      /** How long a refusal is remembered. */
      'refused-seconds': seconds(15, 3600),
      /** How long it is remembered that a registry did not answer. */
      'unreachable-seconds': seconds(2, 60),
      /** How long a tag's digest is believed. */
      'tag-seconds': seconds(5, 300),
      /** Looks at one registry at the same time. */
      concurrency: z.int().min(1).max(64).default(8),
      /** Directory in which what was verified is kept, so that a restart is warm. */
      directory: text.optional(),
    })
    .prefault({}),
  /** Without a file: standard output. */
  audit: z.strictObject({ file: text.optional() }).prefault({}),
});

export type AdmitSettings = z.infer<typeof admitSettings>;
export type PolicySettings = AdmitSettings['policies'][number];
