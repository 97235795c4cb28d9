/** The gate's own verdict beside the image, so that admission can demand it; read back before it counts as written. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { GuardEvidenceError, GuardUsageError } from '../error.ts';
import type { Decision } from '../part.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { attachVerdict } from '../signature/attach.ts';
import { contractTest } from '../signature/contract-test.ts';
import { findSignatures } from '../signature/find.ts';
import { inspectSignatures } from '../signature/inspect.ts';
import { readVerdict } from '../signature/read-verdict.ts';
import { signVerdict } from '../signature/sign-verdict.ts';
import { GATE_PREDICATE, type SignatureForm } from '../signature/signature.ts';
import { loadSigningKey, type SigningKey } from '../signature/signing-key.ts';
import { trustsKey } from '../signature/trust.ts';
import type { GivenReport } from './look.ts';
import type { ImageSettings } from './settings.ts';
import { trustOf } from './trust.ts';

export interface VerdictFacts {
  readonly passed: boolean;
  readonly policy: string;
  readonly key: string;
  readonly forms: readonly { readonly form: SignatureForm; readonly manifest: string; readonly written: boolean }[];
}

/**
 * The key that verdicts are signed with. One that is also trusted for signatures of images is refused: for a reader that takes any
 * attestation for a signature (cosign 3's `verify`), a verdict that refuses an image would make it a signed one.
 * @throws GuardUsageError
 */
export async function verdictKey(
  wanted: NonNullable<ImageSettings['verdict']>,
  signature: ImageSettings['signature'],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<SigningKey> {
  const password = wanted['password-file'];
  const key = await loadSigningKey(
    resolve(cwd, wanted.key),
    env,
    password === undefined ? null : resolve(cwd, password),
  );
  if (signature !== undefined && trustsKey(await trustOf(signature, cwd), key)) {
    throw new GuardUsageError(
      `${wanted.key} (gate.image.verdict.key) is also trusted for signatures of images (gate.image.signature.keys), and cosign 3 takes a verdict that refuses an image for a signature of it; sign verdicts with a key of their own (cosign generate-key-pair)`,
    );
  }
  return key;
}

/** By what the verdict is found: it says whether the whole gate was asked, or the part alone. */
export function verdictName(command: string): 'gate' | 'guard-image' {
  return command === 'gate' ? 'gate' : 'guard-image';
}

/** What was asked of the image, and of what text; the same for the same settings. */
export function policyOf(
  settings: ImageSettings,
  { command, asked: besides }: Pick<Decision, 'command' | 'asked'>,
): { uri: string; sha256: string } {
  // Members come in the order of the schema, so that the text is the same for the same settings.
  const asked = {
    policy: settings.policy,
    require: settings.require,
    'max-report-age-hours': settings['max-report-age-hours'],
    signature: settings.signature ?? 'off',
    besides,
  };
  const sha256 = createHash('sha256').update(JSON.stringify(asked)).digest('hex');
  return { uri: `urn:hemostat:${verdictName(command)}:${settings.policy.name}`, sha256 };
}

/** `decision.outcome` is not `unknown`. @throws GuardUsageError, GuardEvidenceError */
export async function writeVerdict(
  repository: Repository,
  image: StoredManifest,
  settings: ImageSettings,
  wanted: NonNullable<ImageSettings['verdict']>,
  reports: readonly GivenReport[],
  key: SigningKey,
  decision: Decision,
  now: Date,
): Promise<VerdictFacts> {
  const policy = policyOf(settings, decision);
  const passed = decision.outcome === 'passed';
  const resource = `${repository.registry}/${repository.repository}@${image.digest}`;
  const envelope = await signVerdict(
    {
      verifier: wanted.verifier ?? `urn:hemostat:${verdictName(decision.command)}`,
      verifiedAt: now,
      resource,
      policy,
      inputs: reports.map(({ file, sha256 }) => ({ uri: file, sha256 })),
      passed,
    },
    key,
  );
  const wantedForms = wanted.forms ?? [await standardForm(repository, image.digest)];
  const forms = await attachVerdict(repository, image, envelope, key, wantedForms);
  const trust = {
    keys: [{ name: key.name, pem: key.publicKey }],
    identities: [],
    trustedRoot: null,
    requireLog: null,
  };
  const seen = await inspectSignatures(repository, image, trust, now);
  const test = contractTest(
    seen,
    forms.map(({ form }) => form),
    GATE_PREDICATE,
  );
  // And it has to be the one that counts: neither an older one, nor one that is hidden under what others put there.
  const read = readVerdict(seen, { ...policy, maxAgeMs: null, now });
  if (!test.passed || read.result !== (passed ? 'passed' : 'failed')) {
    const why = test.passed ? read.says : test.says;
    throw new GuardEvidenceError(`the verdict that was put beside ${resource} cannot be read back: ${why}`);
  }
  return { passed, policy: policy.uri, key: wanted.key, forms };
}

/**
 * Where nobody said where: a bundle, as cosign 3 writes. Beside an image that is signed in the `.sig` tag alone an attestation in the
 * `.att` tag: where any bundle lies beside an image, `cosign verify` looks at no `.sig` tag (cosign 3.1.3, tried), so that ours would
 * hide the image's own signature from it.
 */
async function standardForm(repository: Repository, digest: string): Promise<SignatureForm> {
  const { records } = await findSignatures(repository, digest);
  const forms = new Set(records.map(({ form }) => form));
  const bundled = forms.has('bundle-referrer') || forms.has('bundle-fallback-tag');
  return forms.has('sig-tag') && !bundled ? 'att-tag' : 'bundle-referrer';
}
