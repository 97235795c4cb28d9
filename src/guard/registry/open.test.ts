import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findTool,
  type ImageRegistry,
  pushTinyImage,
  startRegistry,
  withoutRegistry,
} from '../../testing/image-registry.ts';
import { createHttp } from '../http/create.ts';
import { anonymous } from './credentials.ts';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from './oci-manifest.ts';
import { openRepository } from './open.ts';
import { parseImageReference } from './reference.ts';
import type { Repository } from './registry.ts';

const http = createHttp({ pauseMs: 1 });
afterAll(() => http.close());

const skopeo = findTool('skopeo');
const EMPTY = Buffer.from('{}');

/** An artifact that refers to `subject`, as signatures do. */
async function pushReferrer(repository: Repository, subject: string, size: number, type: string): Promise<string> {
  const config = await repository.putBlob(EMPTY, 'application/vnd.oci.empty.v1+json');
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: type,
      config,
      layers: [config],
      subject: { mediaType: OCI_MANIFEST, digest: subject, size },
    }),
  );
  return repository.putManifest(sha256Of(bytes), bytes, OCI_MANIFEST);
}

describe.skipIf(withoutRegistry() !== null)('docker-registry 2.8', () => {
  let registry: ImageRegistry;
  let repository: Repository;
  let folder: string;
  const open = (name: string): Repository =>
    openRepository(http, parseImageReference(`${registry.host}/${name}`), anonymous);

  beforeAll(async () => {
    registry = await startRegistry();
    repository = open('shop/api');
    folder = mkdtempSync(join(tmpdir(), 'hemostat-oci-'));
  });
  afterAll(async () => {
    await registry?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('pushes an image and reads it back by tag and digest', async () => {
    const digest = await pushTinyImage(repository, 'v1');
    const byTag = await repository.manifest('v1');
    expect(byTag?.digest).toBe(digest);
    expect(byTag).toEqual(await repository.manifest(digest));
    expect(await repository.digestOf('v1')).toBe(digest);
    const config = byTag?.manifest.config;
    if (config === null || config === undefined) throw new Error('no config');
    expect(JSON.parse((await repository.blob(config, 10_000)).toString())).toMatchObject({ os: 'linux' });
    await expect(repository.blob(config, 10)).rejects.toThrow(/more than the 10 that are read/);
    expect(await pushTinyImage(repository, 'v1')).toBe(digest);
  });

  it('has null for what is not there', async () => {
    expect(await repository.manifest('nowhere')).toBeNull();
    expect(await repository.digestOf('nowhere')).toBeNull();
    expect(await open('no/such').manifest('latest')).toBeNull();
    expect(await open('no/such').tags()).toEqual([]);
  });

  it.skipIf(skopeo === null)('agrees with skopeo, which reads what we pushed and pushes what we read', async () => {
    const digest = await pushTinyImage(repository, 'oracle', 'for skopeo\n');
    const image = `docker://${registry.host}/shop/api`;
    const raw = execFileSync(skopeo ?? '', ['inspect', '--tls-verify=false', '--raw', `${image}:oracle`]);
    expect(sha256Of(raw)).toBe(digest);
    const layout = `oci:${join(folder, 'layout')}:x`;
    // skopeo checks every blob on its way.
    execFileSync(skopeo ?? '', ['copy', '-q', '--src-tls-verify=false', `${image}:oracle`, layout]);
    const docker = `docker://${registry.host}/shop/docker:v2s2`;
    execFileSync(skopeo ?? '', ['copy', '-q', '--dest-tls-verify=false', '--format', 'v2s2', layout, docker]);
    const read = await open('shop/docker').manifest('v2s2');
    expect(read?.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(read?.digest).toBe(
      execFileSync(skopeo ?? '', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', docker], {
        encoding: 'utf8',
      }).trim(),
    );
  });

  it('has no referrers by the API and those of the fallback tag', async () => {
    const digest = await pushTinyImage(repository, 'signed', 'to be signed\n');
    const size = (await repository.manifest(digest))?.bytes.length ?? 0;
    const referrer = await pushReferrer(repository, digest, size, 'application/vnd.example+json');
    const before = await repository.referrers(digest);
    expect(before).toEqual({ api: { from: 'none', descriptors: [] }, fallbackTag: { from: 'none', descriptors: [] } });
    const entry = { mediaType: OCI_MANIFEST, digest: referrer, size: 1, artifactType: 'application/vnd.example+json' };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] }));
    await repository.putManifest(digest.replace(':', '-'), index, OCI_INDEX);
    expect((await repository.referrers(digest)).fallbackTag).toEqual({ from: 'fallback-tag', descriptors: [entry] });
  });

  it('lists tags over pages', async () => {
    const many = open('shop/many');
    const digest = await pushTinyImage(many, 't0');
    const bytes = (await many.manifest(digest))?.bytes ?? EMPTY;
    for (let n = 1; n < 12; n++) await many.putManifest(`t${n}`, bytes, OCI_MANIFEST);
    expect((await many.tags()).toSorted()).toEqual(Array.from({ length: 12 }, (_, n) => `t${n}`).toSorted());
  });

  it('does not take a blob that was spoiled on the registry', async () => {
    await pushTinyImage(repository, 'spoiled', 'whole\n');
    const config = (await repository.manifest('spoiled'))?.manifest.layers[0];
    if (config === undefined) throw new Error('no layer');
    const hex = config.digest.slice('sha256:'.length);
    const path = join(registry.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    const bytes = readFileSync(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(repository.blob(config, 10_000)).rejects.toThrow(/are other bytes: do not trust it/);
  });

  it('does not take a manifest that was spoiled on the registry', async () => {
    const digest = await pushTinyImage(repository, 'spoiled2', 'whole, too\n');
    const hex = digest.slice('sha256:'.length);
    const path = join(registry.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    expect(statSync(path).size).toBeGreaterThan(0);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"size":', '"size": '));
    // docker-registry looks first and answers 500; one that does not look is in hostile.test.ts.
    await expect(repository.manifest(digest)).rejects.toThrow(/do not trust it|answered 500/);
    expect(readdirSync(registry.root)).toContain('docker');
  });
});

describe.skipIf(withoutRegistry() !== null)('docker-registry with users', () => {
  it('lets in who has the password, to read and to write', async () => {
    // bcrypt of `pa:ss`, 16 rounds.
    const htpasswd = 'ann:$2b$04$9Ln5Qg7drqYL236SPb/g3OOrHwkR77r6dlUu0gjoLIvWn9P7HjC7.';
    const registry = await startRegistry({ htpasswd });
    try {
      const open = (password: string): Repository =>
        openRepository(http, parseImageReference(`${registry.host}/shop/api`), () =>
          Promise.resolve({ user: 'ann', password }),
        );
      const digest = await pushTinyImage(open('pa:ss'), 'v1');
      expect(await open('pa:ss').digestOf('v1')).toBe(digest);
      await expect(open('wrong').manifest('v1')).rejects.toThrow(/does not let us read from it \(401\)/);
      await expect(pushTinyImage(open('wrong'), 'v2')).rejects.toThrow(/does not let us write to it \(401\)/);
    } finally {
      await registry.stop();
    }
  });
});

describe.skipIf(withoutRegistry('registry') !== null)('distribution 3', () => {
  let registry: ImageRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ program: 'registry' });
  });
  afterAll(async () => registry?.stop());

  it('takes and gives images, and has no referrers API either', async () => {
    const repository = openRepository(http, parseImageReference(`${registry.host}/shop/api`), anonymous);
    const digest = await pushTinyImage(repository, 'v1');
    expect((await repository.manifest('v1'))?.digest).toBe(digest);
    await pushReferrer(repository, digest, 1, 'application/vnd.example+json');
    expect((await repository.referrers(digest)).api.from).toBe('none');
  });
});

describe.skipIf(withoutRegistry('referrers-registry') !== null)('a registry with the referrers API', () => {
  let registry: ImageRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ program: 'referrers-registry' });
  });
  afterAll(async () => registry?.stop());

  it('lists what refers to an image', async () => {
    const repository = openRepository(http, parseImageReference(`${registry.host}/shop/api`), anonymous);
    const digest = await pushTinyImage(repository, 'v1');
    expect((await repository.referrers(digest)).api).toEqual({ from: 'api', descriptors: [] });
    const size = (await repository.manifest(digest))?.bytes.length ?? 0;
    const referrer = await pushReferrer(repository, digest, size, 'application/vnd.example+json');
    const { api, fallbackTag } = await repository.referrers(digest);
    // This registry gives the configuration's type for the artifact's: readers must not go by the list alone.
    expect(api.descriptors.map((one) => one.digest)).toEqual([referrer]);
    expect((await repository.manifest(referrer))?.manifest.artifactType).toBe('application/vnd.example+json');
    expect(fallbackTag.from).toBe('none');
  });
});
