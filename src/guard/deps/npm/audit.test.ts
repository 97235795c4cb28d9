/** Beside the real npm client: what it says of the same registry and lock file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NpmRun, runNpm } from '../../../testing/npm-audit.ts';
import { type NpmRegistry, startNpmRegistry, type TestPackage } from '../../../testing/npm-registry.ts';
import { createHttp } from '../../http/create.ts';
import { guardDeps } from '../deps.ts';
import { depsSettings } from '../settings.ts';

let registry: NpmRegistry;
let directory: string;

beforeAll(async () => {
  registry = await startNpmRegistry();
});
afterAll(() => registry.close());

async function project(packages: readonly TestPackage[], work: () => Promise<void>): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'hemostat-audit-'));
  try {
    for (const wanted of packages) registry.publish(wanted);
    const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
    await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', dependencies }));
    await work();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function npm(...args: string[]): Promise<NpmRun> {
  return runNpm(args, { directory, registry: registry.url, trustedRoot: registry.sigstore.trustedRoot });
}

async function ours(): Promise<Record<string, string>> {
  const http = createHttp();
  try {
    await writeFile(join(directory, 'root.json'), JSON.stringify(registry.sigstore.trustedRoot));
    const result = await guardDeps(depsSettings.parse({ npm: { 'trusted-root': 'root.json' } }), {
      http,
      cwd: directory,
      cacheDir: join(directory, '.verified'),
      now: () => new Date('2026-01-01'),
      offline: false,
      progress: () => {},
      env: { HOME: directory },
    });
    expect(result.failures).toEqual([]);
    expect(result.findings.map(({ rule }) => rule)).not.toContain('deps-undeclared-dependency');
    return Object.fromEntries(result.facts.entries.map(({ name, verdict }) => [name, verdict]));
  } finally {
    http.close();
  }
}

const provenance = {
  repository: 'https://github.com/o/a',
  workflow: 'https://github.com/o/a/.github/workflows/r.yml@refs/tags/v1',
};

test('npm takes the signatures, old keys and attestations that we take, and refuses what we refuse', async () => {
  const packages: TestPackage[] = [
    {
      name: 'plain',
      version: '1.0.0',
      manifest: { dependencies: { 'old-key': '^1.0.0' }, optionalDependencies: { '@s/attested': '1' } },
    },
    { name: 'old-key', version: '1.0.0', signature: 'expired', published: new Date('2024-01-01') },
    { name: '@s/attested', version: '1.0.0', provenance },
  ];
  await project(packages, async () => {
    expect(await npm('install')).toMatchObject({ code: 0 });
    const audit = await npm('audit', 'signatures');
    expect(audit.stdout).toContain('3 packages have verified registry signatures');
    expect(audit.stdout).toContain('1 package has a verified attestation');
    expect(await ours()).toEqual({ plain: 'verified', 'old-key': 'verified', '@s/attested': 'verified' });
  });
  const bad: TestPackage[] = [
    { name: 'wrong-signature', version: '1.0.0', signature: 'wrong' },
    { name: 'no-signature', version: '1.0.0', signature: 'none' },
    { name: 'forged', version: '1.0.0', provenance, attestation: 'forged' },
  ];
  await project(bad, async () => {
    await npm('install');
    const audit = JSON.parse((await npm('audit', 'signatures', '--json')).stdout);
    const named = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name).sort();
    expect(named(audit.invalid)).toEqual(['forged', 'wrong-signature']);
    expect(named(audit.missing)).toEqual(['no-signature']);
    expect(await ours()).toEqual({ 'wrong-signature': 'invalid', 'no-signature': 'unsigned', forged: 'invalid' });
  });
}, 120_000);

test('of a lock file that installs another tarball npm says verified, and we say invalid', async () => {
  await project([{ name: 'victim', version: '1.0.0' }], async () => {
    const evil = registry.publish({ name: 'evil', version: '1.0.0', files: { 'index.js': 'module.exports = "evil"' } });
    await npm('install', '--package-lock-only');
    const path = join(directory, 'package-lock.json');
    const lock = await readFile(path, 'utf8');
    await writeFile(
      path,
      lock.replace(/"resolved": ".*"/, `"resolved": "${evil.tarball}"`).replace(/sha512-[^"]*/, evil.integrity),
    );
    expect(await npm('ci')).toMatchObject({ code: 0 });
    expect(await readFile(join(directory, 'node_modules/victim/index.js'), 'utf8')).toContain('evil');
    const audit = await npm('audit', 'signatures');
    expect(audit).toMatchObject({ code: 0 });
    expect(audit.stdout).toContain('1 package has a verified registry signature');
    expect(await ours()).toEqual({ victim: 'invalid' });
  });
}, 120_000);
