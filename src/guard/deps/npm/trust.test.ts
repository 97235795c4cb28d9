import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type NpmRegistry, startNpmRegistry } from '../../../testing/npm-registry.ts';
import { startTufRepository, type TufRepository } from '../../../testing/tuf-repository.ts';
import { createHttp } from '../../http/create.ts';
import type { PartResult } from '../../part.ts';
import { guardDeps } from '../deps.ts';
import { depsSettings } from '../settings.ts';
import type { DepsFacts } from '../verdict.ts';

let registry: NpmRegistry;
let tuf: TufRepository;
let directory: string;

beforeAll(async () => {
  registry = await startNpmRegistry();
});
afterAll(() => registry.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hemostat-trust-'));
  tuf = await startTufRepository({
    [`${new URL(registry.url).host}/keys.json`]: JSON.stringify(registry.keys),
    'trusted_root.json': JSON.stringify(registry.sigstore.trustedRoot),
  });
  await writeFile(join(directory, 'tuf-root.json'), tuf.root);
  const repository = 'https://github.com/o/a';
  const { version, integrity } = registry.publish({
    name: 'a',
    version: '1.0.0',
    provenance: { repository, workflow: `${repository}/.github/workflows/r.yml@refs/tags/v1` },
  });
  const lock = { lockfileVersion: 3, packages: { 'node_modules/a': { version, integrity } } };
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(lock));
});
afterEach(async () => {
  registry.servesKeys = true;
  await tuf.close();
  await rm(directory, { recursive: true, force: true });
});

async function guard(settings: object): Promise<PartResult<DepsFacts>> {
  const http = createHttp({ pauseMs: 1 });
  try {
    return await guardDeps(depsSettings.parse({ npm: { registries: { default: registry.url }, ...settings } }), {
      http,
      cwd: directory,
      cacheDir: join(directory, 'cache'),
      now: () => new Date('2026-01-01'),
      offline: false,
      progress: () => {},
      env: { HOME: directory },
    });
  } finally {
    http.close();
  }
}

const viaTuf = () => ({ 'tuf-mirror': tuf.url, 'tuf-root': 'tuf-root.json' });

test('keys and the trusted root come by TUF', async () => {
  registry.servesKeys = false;
  const result = await guard(viaTuf());
  expect(result.failures).toEqual([]);
  expect(result.facts.entries).toMatchObject([{ verdict: 'verified', says: expect.stringContaining('given by TUF') }]);
});

test('keys that were changed after signing are not taken, and the registry is not asked instead', async () => {
  const target = `/targets/${new URL(registry.url).host}/keys.json`;
  tuf.files.set(target, JSON.stringify({ keys: [] }));
  const result = await guard(viaTuf());
  expect(result.tally.at(-1)).toEqual({ name: 'unverifiable-source', count: 1 });
  expect(result.failures).toEqual([
    expect.stringMatching(
      /^The public keys \(.*\) could not be fetched from 127\.0\.0\.1:\d+ \(TUF: .*: allow its host/,
    ),
  ]);
  expect(result.findings.map(({ rule }) => rule)).toEqual(['deps-unverifiable-source']);
});

test('another root is not trusted', async () => {
  const other = await startTufRepository({});
  await writeFile(join(directory, 'tuf-root.json'), other.root);
  await other.close();
  const result = await guard(viaTuf());
  expect(result.tally[0]).toEqual({ name: 'verified', count: 0 });
  expect(result.failures).toHaveLength(1);
});

test('without a trusted root the signature counts and the attestations are a failure', async () => {
  tuf.files.delete('/targets/trusted_root.json');
  const result = await guard(viaTuf());
  expect(result.tally[0]).toEqual({ name: 'verified', count: 1 });
  expect(result.failures).toEqual([
    expect.stringContaining(
      'Attestations were not verified: The public keys (trusted_root.json) could not be fetched from',
    ),
  ]);
});

test.each([
  [{ 'keys-file': 'missing.json' }, 'keys-file: missing.json cannot be read.'],
  [{ 'trusted-root': 'missing.json' }, 'trusted-root: missing.json cannot be read.'],
  [{ 'trusted-root': 'package-lock.json' }, 'package-lock.json is no sigstore trusted root'],
])('a wrong setting %j is told', async (settings, says) => {
  await expect(guard(settings)).rejects.toThrow(says);
});
