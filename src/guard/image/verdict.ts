/** The gate's own verdict beside the image, so that admission can demand it; read back before it counts as written. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { GuardEvidenceError } from '../error.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { attachVerdict } from '../signature/attach.ts';
import { contractTest } from '../signature/contract-test.ts';
import { inspectSignatures } from '../signature/inspect.ts';
import { signVerdict } from '../signature/sign-verdict.ts';
import { GATE_PREDICATE, type SignatureForm } from '../signature/signature.ts';
import { loadSigningKey } from '../signature/signing-key.ts';
import type { GivenReport } from './look.ts';
import type { ImageSettings } from './settings.ts';

export interface VerdictFacts {
  readonly passed: boolean;
  readonly policy: string;
  readonly key: string;
  readonly forms: readonly { readonly form: SignatureForm; readonly manifest: string; readonly written: boolean }[];
}

/** What was asked of the image, and of what text; the same for the same settings. */
export function policyOf(settings: ImageSettings): { uri: string; sha256: string } {
  // Members come in the order of the schema, so that the text is the same for the same settings.
  const asked = {
    policy: settings.policy,
    require: settings.require,
    'max-report-age-hours': settings['max-report-age-hours'],
    signature: settings.signature ?? 'off',
  };
  const sha256 = createHash('sha256').update(JSON.stringify(asked)).digest('hex');
  return { uri: `urn:hemostat:guard-image:${settings.policy.name}`, sha256 };
}

/** @throws GuardUsageError, GuardEvidenceError */
export async function writeVerdict(
  repository: Repository,
  image: StoredManifest,
  settings: ImageSettings,
  wanted: NonNullable<ImageSettings['verdict']>,
  reports: readonly GivenReport[],
  passed: boolean,
  context: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>>; readonly now: Date },
): Promise<VerdictFacts> {
  const passwordFile = wanted['password-file'];
  const key = await loadSigningKey(
    resolve(context.cwd, wanted.key),
    context.env,
    passwordFile === undefined ? null : resolve(context.cwd, passwordFile),
  );
  const policy = policyOf(settings);
  const resource = `${repository.registry}/${repository.repository}@${image.digest}`;
  const envelope = await signVerdict(
    {
      verifier: wanted.verifier,
      verifiedAt: context.now,
      resource,
      policy,
      inputs: reports.map(({ file, sha256 }) => ({ uri: file, sha256 })),
      passed,
    },
    key,
  );
  const forms = await attachVerdict(repository, image, envelope, key, wanted.forms);
  const trust = {
    keys: [{ name: key.name, pem: key.publicKey }],
    identities: [],
    trustedRoot: null,
    requireLog: null,
  };
  const seen = await inspectSignatures(repository, image, trust, context.now);
  const test = contractTest(
    seen,
    forms.map(({ form }) => form),
    GATE_PREDICATE,
  );
  if (!test.passed) {
    throw new GuardEvidenceError(`the verdict that was put beside ${resource} cannot be read back: ${test.says}`);
  }
  return { passed, policy: policy.uri, key: wanted.key, forms };
}
