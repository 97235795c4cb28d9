/**
 * Which form each known reader of signatures accepts: why an image that one tool calls signed is unsigned for the next. Kept as data
 * so that messages, the contract test and docs/signatures.md say the same.
 */
import type { SignatureForm } from './signature.ts';

export interface Reader {
  readonly name: string;
  /** Forms in which it reads signatures of images. */
  readonly signatures: readonly SignatureForm[];
  /** Forms in which it reads attestations. */
  readonly attestations: readonly SignatureForm[];
  readonly note: string;
  readonly source: string;
}

export const READERS: readonly Reader[] = [
  {
    name: 'hemostat guard admit',
    signatures: ['sig-tag', 'bundle-referrer', 'bundle-fallback-tag'],
    attestations: ['bundle-referrer', 'bundle-fallback-tag', 'att-tag'],
    note: 'Reads all of them; a policy may demand fewer.',
    source: 'src/guard/signature/find.ts',
  },
  {
    name: 'cosign 3',
    signatures: ['bundle-referrer', 'bundle-fallback-tag', 'sig-tag'],
    attestations: ['bundle-referrer', 'bundle-fallback-tag', 'att-tag'],
    note: 'Bundles first; .sig and .att where no bundle is there, or with --new-bundle-format=false. `verify` takes any attestation in a bundle for a signature.',
    source: 'cosign 3.1.3, pkg/cosign/verify.go, and tried',
  },
  {
    name: 'cosign 2',
    signatures: ['sig-tag'],
    attestations: ['att-tag'],
    note: 'Bundles only with --new-bundle-format, in later versions.',
    source: 'https://github.com/sigstore/cosign/releases',
  },
  {
    name: 'Kyverno (type Cosign)',
    signatures: ['sig-tag'],
    attestations: ['att-tag'],
    note: 'Bundles are another type of verifyImages rule, SigstoreBundle.',
    source: 'https://kyverno.io/docs/policy-types/cluster-policy/verify-images/sigstore/',
  },
  {
    name: 'Kyverno (type SigstoreBundle)',
    signatures: [],
    attestations: ['bundle-referrer', 'bundle-fallback-tag'],
    note: 'Reads bundles as attestations.',
    source: 'https://kyverno.io/docs/policy-types/cluster-policy/verify-images/sigstore/',
  },
  {
    name: 'sigstore policy-controller',
    signatures: ['sig-tag'],
    attestations: ['att-tag'],
    note: 'Bundles from 0.13 on, where the policy says signatureFormat: bundle.',
    source: 'https://github.com/sigstore/policy-controller/pull/1725',
  },
  {
    name: 'Ratify (cosign verifier)',
    signatures: ['sig-tag'],
    attestations: [],
    note: 'By the .sig tag only; referrers are an open request.',
    source: 'https://github.com/notaryproject/ratify/issues/1314',
  },
  {
    name: 'podman, skopeo, CRI-O (policy.json)',
    signatures: ['sig-tag'],
    attestations: [],
    note: 'Bundles are an open request.',
    source: 'https://github.com/podman-container-tools/container-libs/issues/388',
  },
];
