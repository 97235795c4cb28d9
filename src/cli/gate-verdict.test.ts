/** What is signed beside an image speaks of everything that ran. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp } from '../guard/http/create.ts';
import { anonymous } from '../guard/registry/credentials.ts';
import { openRepository } from '../guard/registry/open.ts';
import { parseImageReference } from '../guard/registry/reference.ts';
import type { Repository } from '../guard/registry/registry.ts';
import { inspectSignatures } from '../guard/signature/inspect.ts';
import { readVerdict } from '../guard/signature/read-verdict.ts';
import { type ImageRegistry, pushTinyImage, startRegistry, withoutRegistry } from '../testing/image-registry.ts';
import type { RawGateOptions } from './gate.ts';
import { run } from './gate-run.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const GATE = 'urn:hemostat:gate:default';
const PART = 'urn:hemostat:guard-image:default';
const POD = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: n}
spec: {containers: [{name: c, image: a, securityContext: {privileged: true}}]}
`;
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: n}\nspec: {ports: [{port: 80}]}\n';

let registry: ImageRegistry;
let repository: Repository;
let root: string;
let ref: string;
const http = createHttp();

function put(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

async function gate(raw: RawGateOptions = {}): Promise<number> {
  const write = process.stdout.write;
  process.stdout.write = () => true;
  try {
    return await run(root, { image: ref, ...raw });
  } finally {
    process.stdout.write = write;
  }
}

async function signed(): Promise<Record<string, string>> {
  const image = await repository.manifest('v1');
  if (image === null) throw new Error('gone');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const trust = { keys: [{ name: 'gate', pem }], identities: [], trustedRoot: null, requireLog: null };
  const now = new Date();
  const seen = await inspectSignatures(repository, image, trust, now);
  const of = (uri: string): string => readVerdict(seen, { uri, maxAgeMs: null, now }).result;
  return { gate: of(GATE), part: of(PART) };
}

describe.skipIf(withoutRegistry() !== null)('the verdict of hemostat gate', () => {
  beforeAll(async () => {
    registry = await startRegistry();
    root = mkdtempSync(join(tmpdir(), 'hemostat-gate-verdict-'));
    ref = `${registry.host}/shop/api:v1`;
    repository = openRepository(http, parseImageReference(ref), anonymous);
    const digest = await pushTinyImage(repository, 'v1', ref);
    put('gate.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const created = new Date().toISOString();
    const Metadata = { ImageID: 'none', RepoDigests: [`${registry.host}/shop/api@${digest}`] };
    const report = {
      SchemaVersion: 2,
      CreatedAt: created,
      ArtifactName: ref,
      ArtifactType: 'container_image',
      Metadata,
    };
    put('trivy.json', JSON.stringify({ ...report, Results: [] }));
    put('.git/HEAD', '');
    put('.hemostat.yaml', 'gate: {image: {reports: [trivy.json], verdict: {key: gate.key}}}\n');
  });
  afterAll(async () => {
    http.close();
    await registry?.stop();
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  });

  it("is FAILED where another part blocks, is nobody else's, and is PASSED only of the whole", async () => {
    put('deploy/a.yaml', POD);
    // Where only the image was looked at, it is that part's word, by another name.
    expect([await gate({ skip: ['config'] }), await signed()]).toEqual([0, { gate: 'missing', part: 'passed' }]);
    expect([await gate(), await signed()]).toEqual([1, { gate: 'failed', part: 'passed' }]);
    const known = { baseline: join(root, 'known.json'), writeBaseline: true };
    expect([await gate(known), await signed()]).toEqual([0, { gate: 'failed', part: 'passed' }]);
    put('deploy/a.yaml', SERVICE);
    expect([await gate({ only: ['image', 'config'] }), (await signed()).gate]).toEqual([0, 'failed']);
    expect([await gate(), (await signed()).gate]).toEqual([0, 'passed']);
  });
});
