import { describe, expect, it } from 'vitest';
import { GuardEvidenceError } from '../error.ts';
import { DOCKER_MANIFEST, MANIFEST_LIMIT, OCI_INDEX, OCI_MANIFEST, readOciManifest } from './oci-manifest.ts';

const DIGEST = `sha256:${'b'.repeat(64)}`;
const BLOB = { mediaType: 'application/octet-stream', digest: DIGEST, size: 3 };
const IMAGE = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: BLOB, layers: [BLOB] };
const read = (value: unknown, type = '') => readOciManifest(Buffer.from(JSON.stringify(value)), type, 'shop/api:v1');

describe('readOciManifest', () => {
  it('reads images and indexes, by what they are served as or say', () => {
    expect(read(IMAGE).kind).toBe('image');
    const { mediaType: _, ...silent } = IMAGE;
    expect(read(silent, `${DOCKER_MANIFEST}; charset=utf-8`).mediaType).toBe(DOCKER_MANIFEST);
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const index = read({ schemaVersion: 2, manifests: [{ ...BLOB, platform, 'x-unknown': 1 }] }, OCI_INDEX);
    expect([index.kind, index.manifests]).toEqual(['index', [{ ...BLOB, platform }]]);
    expect(read({ ...IMAGE, subject: BLOB, annotations: { a: 'b' }, artifactType: 't' })).toMatchObject({
      subject: BLOB,
      annotations: { a: 'b' },
      artifactType: 't',
    });
  });

  it.each([
    [{ ...IMAGE, manifests: [BLOB] }, '', /an image and an index at once/],
    [IMAGE, OCI_INDEX, /served as .*index.* and calls itself/],
    [{ schemaVersion: 1, fsLayers: [] }, '', /schema 1/],
    [{ ...IMAGE, mediaType: 'text/plain' }, '', /of the type text\/plain/],
    [{ ...IMAGE, mediaType: 'constructor' }, 'constructor', /of the type constructor/],
    [{ ...IMAGE, layers: [{ ...BLOB, digest: 'sha256:../../etc' }] }, '', /layers\.0\.digest: no sha256/],
    [{ ...IMAGE, layers: [{ ...BLOB, size: -1 }] }, '', /layers\.0\.size/],
    [{ ...IMAGE, layers: [{ ...BLOB, size: 1e300 }] }, '', /layers\.0\.size/],
    [{ ...IMAGE, layers: Array.from({ length: 1001 }, () => BLOB) }, '', /layers/],
    [{ schemaVersion: 2, mediaType: OCI_INDEX }, '', /lists no manifests/],
    [{ schemaVersion: 2, mediaType: OCI_MANIFEST }, '', /neither config nor layers/],
    [[], '', /at its root/],
    [null, '', /at its root/],
  ])('refuses %#', (value, type, why) => {
    expect(() => read(value, type)).toThrow(why);
    expect(() => read(value, type)).toThrow(GuardEvidenceError);
  });

  it('refuses what is no JSON, no UTF-8 or too large', () => {
    const bytes = (...parts: (string | number[])[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part)));
    expect(() => readOciManifest(bytes('{'), '', 'x')).toThrow(/is no JSON/);
    expect(() => readOciManifest(bytes('"', [0xff], '"'), '', 'x')).toThrow(/is no JSON/);
    expect(() => readOciManifest(Buffer.alloc(MANIFEST_LIMIT + 1), '', 'x')).toThrow(/is larger than/);
  });
});
