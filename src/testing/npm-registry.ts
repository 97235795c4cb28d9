/**
 * An npm registry on loopback that signs as the public one does: packuments, version documents, tarballs, keys and
 * attestations, with a knob for each attack. The real npm client installs from it and audits it.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type FakeSigstore, type Identity, makeFakeSigstore } from './fake-sigstore.ts';

export interface TestPackage {
  readonly name: string;
  readonly version: string;
  /** Further fields of package.json. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Default: 2025-06-01. */
  readonly published?: Date;
  /** Default `current`; `wrong` is a signature over another integrity. */
  readonly signature?: 'current' | 'none' | 'expired' | 'unknown' | 'wrong';
  /** Gives publish and provenance attestations. */
  readonly provenance?: Identity;
  /** `other-bytes`: about another tarball; `forged`: the envelope is changed after signing. */
  readonly attestation?: 'good' | 'other-bytes' | 'forged';
}

export interface Published {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly shasum: string;
  readonly tarball: string;
}

export interface NpmRegistry {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  readonly sigstore: FakeSigstore;
  /** The answer of `/-/npm/v1/keys`. */
  readonly keys: { readonly keys: readonly object[] };
  publish(wanted: TestPackage): Published;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** Looks at each request first; true is "answered". */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** Whether `/NAME/VERSION` is answered; some registries do not. */
  versionDocuments: boolean;
  /** Whether keys are served. */
  servesKeys: boolean;
  close(): Promise<void>;
}

interface SigningKey {
  readonly key: KeyObject;
  readonly keyid: string;
  readonly spki: string;
}

interface Kept {
  readonly document: Record<string, unknown>;
  readonly published: Date;
  readonly tarball: Buffer;
  readonly attestations: object | null;
}

/** Until then the old key signed. */
export const KEY_EXPIRED = new Date('2025-01-29T00:00:00.000Z');

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const sigstore = makeFakeSigstore();
  const keys = { current: newKey(), expired: newKey(), unknown: newKey() };
  const packages = new Map<string, Map<string, Kept>>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (registry.intercept?.(request, response) === true) return;
    answer(response, find(decodeURIComponent(new URL(request.url ?? '/', url).pathname.slice(1))));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the registry has no port');
  const url = `http://127.0.0.1:${address.port}/`;

  function publish(wanted: TestPackage): Published {
    const { name, version, published = new Date('2025-06-01T00:00:00.000Z') } = wanted;
    const manifest = { name, version, ...wanted.manifest };
    const tarball = pack({ 'package.json': JSON.stringify(manifest), 'index.js': '', ...wanted.files });
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const shasum = createHash('sha1').update(tarball).digest('hex');
    const address = `${url}${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;
    const attested = `${url}-/npm/v1/attestations/${encodeURIComponent(name)}@${version}`;
    const dist = {
      integrity,
      shasum,
      tarball: address,
      signatures: signaturesOf(wanted, integrity, keys),
      ...(wanted.provenance === undefined
        ? {}
        : { attestations: { url: attested, provenance: { predicateType: SLSA } } }),
    };
    const versions = packages.get(name) ?? new Map<string, Kept>();
    versions.set(version, {
      document: { ...manifest, _id: `${name}@${version}`, dist },
      published,
      tarball,
      attestations: attestationsOf(wanted, published, integrity, keys.current, sigstore),
    });
    packages.set(name, versions);
    return { name, version, integrity, shasum, tarball: address };
  }

  /** Null is 404. */
  function find(path: string): object | null {
    if (path === '-/npm/v1/keys') return registry.servesKeys ? registry.keys : null;
    const about = /^-\/npm\/v1\/attestations\/(.+)@([^@]+)$/.exec(path);
    if (about !== null) return packages.get(about[1] ?? '')?.get(about[2] ?? '')?.attestations ?? null;
    const [, name = '', rest = ''] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(path) ?? [];
    const versions = packages.get(name);
    if (versions === undefined) return null;
    if (rest === '') return packument(name, versions);
    const base = name.replace(/^@[^/]+\//, '');
    if (rest.startsWith(`-/${base}-`) && rest.endsWith('.tgz')) {
      return versions.get(rest.slice(base.length + 3, -'.tgz'.length))?.tarball ?? null;
    }
    return registry.versionDocuments ? (versions.get(rest)?.document ?? null) : null;
  }

  const registry: NpmRegistry = {
    url,
    sigstore,
    keys: {
      keys: [keyDocument(keys.expired, KEY_EXPIRED.toISOString()), keyDocument(keys.current, null)],
    },
    publish,
    requests,
    intercept: null,
    versionDocuments: true,
    servesKeys: true,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return registry;
}

const SLSA = 'https://slsa.dev/provenance/v1';
const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

function keyDocument({ keyid, spki }: SigningKey, expires: string | null): object {
  return { keyid, keytype: 'ecdsa-sha2-nistp256', scheme: 'ecdsa-sha2-nistp256', key: spki, expires };
}

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const keyid = `SHA256:${createHash('sha256').update(spki).digest('base64').replace('=', '')}`;
  return { key: privateKey, keyid, spki: spki.toString('base64') };
}

function signaturesOf(
  wanted: TestPackage,
  integrity: string,
  keys: Readonly<Record<'current' | 'expired' | 'unknown', SigningKey>>,
) {
  const kind = wanted.signature ?? 'current';
  if (kind === 'none') return undefined;
  const { key, keyid } = kind === 'wrong' ? keys.current : keys[kind];
  const over = kind === 'wrong' ? `sha512-${createHash('sha512').update('another').digest('base64')}` : integrity;
  return [
    { keyid, sig: sign('sha256', Buffer.from(`${wanted.name}@${wanted.version}:${over}`), key).toString('base64') },
  ];
}

function attestationsOf(
  wanted: TestPackage,
  at: Date,
  integrity: string,
  key: SigningKey,
  sigstore: FakeSigstore,
): object | null {
  if (wanted.provenance === undefined) return null;
  const digest =
    wanted.attestation === 'other-bytes'
      ? createHash('sha512').update('another').digest()
      : Buffer.from(integrity.slice(7), 'base64');
  const statement = (predicateType: string, predicate: object) => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        name: `pkg:npm/${wanted.name.replace(/^@/, '%40')}@${wanted.version}`,
        digest: { sha512: digest.toString('hex') },
      },
    ],
    predicateType,
    predicate,
  });
  const publish = statement(PUBLISH, { name: wanted.name, version: wanted.version, registry: 'test' });
  const slsa = statement(SLSA, { buildDefinition: { externalParameters: { workflow: wanted.provenance.workflow } } });
  const signed = sigstore.certified(slsa, wanted.provenance, at);
  return {
    attestations: [
      { predicateType: PUBLISH, bundle: sigstore.keyed(publish, key.key, key.keyid, at) },
      { predicateType: SLSA, bundle: wanted.attestation === 'forged' ? forged(signed) : signed },
    ],
  };
}

/** The same bundle around a payload that says a little more. */
function forged(bundle: object): object {
  const copy: unknown = JSON.parse(JSON.stringify(bundle), (key, value: unknown) => {
    if (key !== 'payload' || typeof value !== 'string') return value;
    const statement: object = JSON.parse(Buffer.from(value, 'base64').toString());
    return Buffer.from(JSON.stringify({ ...statement, more: true })).toString('base64');
  });
  return typeof copy === 'object' && copy !== null ? copy : {};
}

function packument(name: string, versions: ReadonlyMap<string, Kept>): object {
  const all = [...versions];
  return {
    _id: name,
    name,
    'dist-tags': { latest: all.at(-1)?.[0] },
    versions: Object.fromEntries(all.map(([version, { document }]) => [version, document])),
    time: Object.fromEntries(all.map(([version, { published }]) => [version, published.toISOString()])),
  };
}

function answer(response: ServerResponse, found: object | null): void {
  const body = Buffer.isBuffer(found) ? found : JSON.stringify(found ?? { error: 'Not found' });
  const type = Buffer.isBuffer(found) ? 'application/octet-stream' : 'application/json';
  response.writeHead(found === null ? 404 : 200, { 'content-type': type }).end(body);
}

/** A tar (POSIX ustar) below `package/`, gzipped. */
function pack(files: Readonly<Record<string, string>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const head = Buffer.alloc(512);
    head.write(`package/${name}`, 0, 100);
    head.write('0000644\0', 100);
    head.write('0000000\0', 108);
    head.write('0000000\0', 116);
    head.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('00000000000\0', 136);
    head.write('        ', 148);
    head.write('0', 156);
    head.write('ustar\x0000', 257);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(head, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
