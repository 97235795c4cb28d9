/**
 * What admission is tried with: certificates by openssl, images in a registry with signatures and verdicts beside them, a client
 * with keep-alive, and reviews as the API server sends them.
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createHttp } from '../guard/http/create.ts';
import { anonymous } from '../guard/registry/credentials.ts';
import { OCI_MANIFEST } from '../guard/registry/oci-manifest.ts';
import { openRepository } from '../guard/registry/open.ts';
import { parseImageReference } from '../guard/registry/reference.ts';
import type { Repository } from '../guard/registry/registry.ts';
import { attachVerdict } from '../guard/signature/attach.ts';
import { signVerdict } from '../guard/signature/sign-verdict.ts';
import type { SignatureForm } from '../guard/signature/signature.ts';
import { openSigningKey } from '../guard/signature/signing-key.ts';

/** Writes `NAME.crt` and `NAME.key` for 127.0.0.1 and localhost, signed by themselves. */
export function makeCertificate(dir: string, name: string, days = 2): { certificate: string; key: string } {
  const certificate = join(dir, `${name}.crt`);
  const key = join(dir, `${name}.key`);
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate, '-days', String(days)];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', ...files, ...subject],
    { stdio: 'pipe' },
  );
  return { certificate, key };
}

export interface LabKey {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly publicPem: string;
}

/** A key pair; its public half is written to `NAME.pub`. */
export function makeKey(dir: string, name: string): LabKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  writeFileSync(join(dir, `${name}.pub`), publicPem);
  return { name: `${name}.pub`, privateKey, publicPem };
}

export function repositoryAt(host: string, name: string): Repository {
  return openRepository(createHttp(), parseImageReference(`${host}/${name}`), anonymous);
}

/**
 * Puts a signature beside an image as cosign 2 does: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @param says the digest that the payload names; another one than `digest` is an attack
 */
export function signTag(repository: Repository, digest: string, key: LabKey, says = digest): Promise<void> {
  return putSignature(repository, digest, says, (payload) => ({
    'dev.cosignproject.cosign/signature': sign('sha256', payload, key.privateKey).toString('base64'),
  }));
}

/** @param annotate what goes beside the payload: its signature, and who made it */
export async function putSignature(
  repository: Repository,
  digest: string,
  says: string,
  annotate: (payload: Buffer) => Readonly<Record<string, string>>,
): Promise<void> {
  const reference = `${repository.registry}/${repository.repository}`;
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': says },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  const [layer, config] = await Promise.all([
    repository.putBlob(payload, 'application/vnd.dev.cosign.simplesigning.v1+json'),
    repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json'),
  ]);
  const layers = [{ ...layer, annotations: annotate(payload) }];
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  await repository.putManifest(`${digest.replace(':', '-')}.sig`, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
}

/** The uri of the policy that the lab's gate asks. */
export const LAB_POLICY = 'https://example.com/policies/release';

export async function giveVerdict(
  repository: Repository,
  digest: string,
  key: LabKey,
  verdict: { readonly passed: boolean; readonly at: Date; readonly forms?: readonly SignatureForm[] },
): Promise<void> {
  const image = await repository.manifest(digest);
  if (image === null) throw new Error(`there is no ${digest}`);
  const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signing = openSigningKey(key.name, pem, null);
  const envelope = await signVerdict(
    {
      verifier: 'https://example.com/gate',
      verifiedAt: verdict.at,
      resource: `${repository.registry}/${repository.repository}@${digest}`,
      policy: { uri: LAB_POLICY, sha256: '0'.repeat(64) },
      inputs: [],
      passed: verdict.passed,
    },
    signing,
  );
  await attachVerdict(repository, image, envelope, signing, verdict.forms ?? ['bundle-fallback-tag']);
}

/** A pod that no rule objects to. */
export function pod(image: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'api', namespace: 'shop', labels: { app: 'api' } },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container(image)],
      ...changes,
    },
  };
}

export function container(image: string, name = 'api'): Record<string, unknown> {
  return {
    name,
    image,
    resources: { limits: { memory: '64Mi', cpu: '100m' }, requests: { memory: '64Mi', cpu: '100m' } },
    env: [{ name: 'GOMEMLIMIT', value: '57MiB' }],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

let reviews = 0;

/** A review as kube-apiserver 1.34 sends it; `changes` are to its request. */
export function reviewOf(object: unknown, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: `00000000-0000-4000-8000-${String(++reviews).padStart(12, '0')}`,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: 'api',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'ann', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...changes,
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface LabClient {
  post(path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  send(method: string, path: string, body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<Answer>;
  close(): void;
}

export interface ClientOptions {
  /** PEM file of whom to believe. */
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
}

/** Keeps its connections, as the API server does. */
export function labClient(url: string, { ca, cert, key, maxVersion }: ClientOptions): LabClient {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 64,
    ca: readFileSync(ca),
    ...(cert === undefined || key === undefined ? {} : { cert: readFileSync(cert), key: readFileSync(key) }),
    ...(maxVersion === undefined ? {} : { maxVersion, minVersion: 'TLSv1' }),
  });
  const send = (method: string, path: string, body: string | Buffer, headers: Readonly<Record<string, string>>) =>
    new Promise<Answer>((resolve, reject) => {
      const out = request(`${url}${path}`, { method, agent, headers }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(pieces).toString('utf8'),
            headers: response.headers,
          }),
        );
      });
      out.on('error', reject);
      out.end(body);
    });
  return {
    post: (path, body, headers = {}) =>
      send('POST', path, body, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      }),
    get: (path) => send('GET', path, '', {}),
    send,
    close: () => agent.destroy(),
  };
}
