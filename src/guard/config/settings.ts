/** Settings of `guard config`: the section `gate.config` of `.hemostat.yaml`, and the target of the command's flags. */
import { z } from 'zod';

const Text = z.string().min(1);
const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info']);

export const clusterSettings = z.strictObject({
  /** Without it: $KUBECONFIG, ~/.kube/config, or the service account of the pod that this runs in. */
  kubeconfig: Text.optional(),
  context: Text.optional(),
  /** Take a server whose certificate nobody vouches for. Said in the report. */
  'insecure-skip-tls-verify': z.boolean().default(false),
});

export type ClusterSettings = z.infer<typeof clusterSettings>;

export const configSettings = z.strictObject({
  /** Files and directories of manifests, or - for standard input. Default: the directory that the gate runs in. */
  paths: z.array(Text).min(1).optional(),
  /** Reads a live API server instead of files. */
  cluster: clusterSettings.optional(),
  /** Roles of Vault or OpenBao as `vault read -format=json` or the API gives them. With them and no paths, only they are read. */
  vault: z.array(Text).default([]),
  /** A live Vault or OpenBao; the token is $VAULT_TOKEN or $BAO_TOKEN. */
  'vault-address': z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .refine((text) => URL.canParse(text) && new URL(text).username === '', { message: 'must not hold credentials' })
    .optional(),
  /** Own policies: ValidatingAdmissionPolicies with CEL (.yaml, .json), Rego compiled to .wasm; directories too. */
  policies: z.array(Text).default([]),
  /** Severity by rule, where a house weighs it otherwise; rules of user policies too. */
  severity: z.record(Text, Severity).default({}),
  /** Containers that a baseline saw write nothing: `namespace/kind/name#container`. */
  'writes-nothing': z
    .array(z.string().regex(/^[^/]*\/[^/]+\/[^/#]+#.+$/, 'must be namespace/kind/name#container'))
    .default([]),
});

export type ConfigSettings = z.infer<typeof configSettings>;
