/**
 * Records what real cosign pushes beside an image, for tests that run without it: for each kind of key, a signature and an
 * attestation in both formats. Needs cosign 3 and docker-registry on PATH; contacts loopback only.
 *
 *   node scripts/record-signatures.ts
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttp } from '../src/guard/http/create.ts';
import { anonymous } from '../src/guard/registry/credentials.ts';
import { openRepository } from '../src/guard/registry/open.ts';
import { parseImageReference } from '../src/guard/registry/reference.ts';
import type { Repository } from '../src/guard/registry/registry.ts';
import { signatureTag } from '../src/guard/signature/find.ts';
import { pushImage, stored } from '../src/guard/signature/testing.ts';
import { startRegistry } from '../src/testing/image-registry.ts';

const TESTDATA = join(import.meta.dirname, '../src/guard/signature/testdata');
/** Of testdata/cosign.key; it protects nothing. */
const PASSWORD = 'for tests only';
const KINDS: Readonly<Record<string, () => KeyObject>> = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};
const VSA = {
  verifier: { id: 'https://example.com/gate' },
  timeVerified: '2026-11-01T00:00:00Z',
  resourceUri: 'registry.test/shop/api',
  policy: { uri: 'gate' },
  verificationResult: 'PASSED',
  verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
};

const folder = mkdtempSync(join(tmpdir(), 'hemostat-record-'));
const env = { ...process.env, COSIGN_PASSWORD: PASSWORD, HOME: folder };
const cosign = (...args: string[]): string =>
  execFileSync('cosign', args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const registry = await startRegistry();
const http = createHttp();
try {
  const version = /GitVersion:\s+(\S+)/.exec(cosign('version'))?.[1] ?? 'unknown';
  for (const [kind, make] of Object.entries(KINDS)) {
    writeFileSync(join(folder, 'plain.pem'), make().export({ type: 'pkcs8', format: 'pem' }));
    cosign('import-key-pair', '--key', 'plain.pem', '--output-key-prefix', kind, '--yes');
    const name = `${registry.host}/shop/${kind}`;
    const repository = openRepository(http, parseImageReference(name), anonymous);
    const { digest } = await pushImage(repository, kind);
    writeFileSync(join(folder, 'vsa.json'), JSON.stringify(VSA));
    const common = [
      '--key',
      `${kind}.key`,
      '--tlog-upload=false',
      '--use-signing-config=false',
      '--allow-http-registry',
      '-y',
    ];
    for (const format of ['--new-bundle-format=false', '--new-bundle-format=true']) {
      cosign('sign', ...common, format, `${name}@${digest}`);
      cosign(
        'attest',
        ...common,
        format,
        '--predicate',
        'vsa.json',
        '--type',
        'https://slsa.dev/verification_summary/v1',
        `${name}@${digest}`,
      );
    }
    const publicKey = readFileSync(join(folder, `${kind}.pub`), 'utf8');
    const content = { cosign: version, digest, publicKey, ...(await everything(repository, digest)) };
    writeFileSync(join(TESTDATA, `cosign-${kind}.json`), `${JSON.stringify(content, null, 1)}\n`);
  }
  writeFileSync(join(TESTDATA, 'cosign.key'), readFileSync(join(folder, 'p256.key')));
} finally {
  http.close();
  await registry.stop();
  rmSync(folder, { recursive: true });
}

async function everything(repository: Repository, digest: string): Promise<object> {
  const references = [
    'v1',
    digest,
    signatureTag(digest, '.sig'),
    signatureTag(digest, '.att'),
    signatureTag(digest, ''),
  ];
  const { fallbackTag } = await repository.referrers(digest);
  references.push(...fallbackTag.descriptors.map((descriptor) => descriptor.digest));
  const manifests = [];
  const blobs = new Set<string>();
  for (const reference of references) {
    const { bytes, mediaType, manifest } = await stored(repository, reference);
    manifests.push({ reference, mediaType, bytes: bytes.toString('base64') });
    for (const layer of manifest.layers) blobs.add((await repository.blob(layer, 1 << 20)).toString('base64'));
  }
  return { manifests, blobs: [...blobs] };
}
