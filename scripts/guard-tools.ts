/**
 * Installs what `make e2e-guard` tries guard against, pinned, into .cache/tools/bin: cosign, opa and distribution's registry with
 * `go install`, which holds them to the checksum database; skopeo, umoci and docker-registry from the system where it is Debian's.
 * Done once: .cache/tools/versions.json says what is there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPrograms } from './debian.ts';

const TOOLS = join(import.meta.dirname, '..', '.cache', 'tools');
const BIN = join(TOOLS, 'bin');
/** A registry with the referrers API, for tests: src/testing/referrers-registry. */
const REFERRERS = join(import.meta.dirname, '..', 'src', 'testing', 'referrers-registry');
const VERSIONS = join(TOOLS, 'versions.json');

/** Name of the program, package, version. cosign and the registry take minutes to build, once. */
const GO_TOOLS: readonly { readonly name: string; readonly path: string; readonly version: string }[] = [
  { name: 'cosign', path: 'github.com/sigstore/cosign/v3/cmd/cosign', version: 'v3.1.3' },
  { name: 'opa', path: 'github.com/open-policy-agent/opa', version: 'v1.22.2' },
  { name: 'registry', path: 'github.com/distribution/distribution/v3/cmd/registry', version: 'v3.1.2' },
];

/** The peer of `guard deps`, as new as can be: what the system has may be years old. Its scripts are not run. */
const NPM = '12.2.0';

const SYSTEM_TOOLS = ['skopeo', 'umoci', 'docker-registry', 'openssl'];

function main(): void {
  mkdirSync(BIN, { recursive: true });
  const installed = readVersions();
  for (const { name, path, version } of GO_TOOLS) {
    if (installed.get(name) === version && existsSync(join(BIN, name))) continue;
    process.stdout.write(`==> building ${name} ${version} into .cache/tools/bin\n`);
    execFileSync('go', ['install', `${path}@${version}`], {
      env: { ...process.env, GOBIN: BIN },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    installed.set(name, version);
    // After each: what was built is not built again when the next one fails.
    writeVersions(installed);
  }
  if (installed.get('npm') !== NPM) {
    process.stdout.write(`==> installing npm ${NPM} into .cache/tools/npm\n`);
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', join(TOOLS, 'npm'), ...options, `npm@${NPM}`], { stdio: 'inherit' });
    installed.set('npm', NPM);
    writeVersions(installed);
  }
  // Small and our own: go knows whether there is something to do.
  execFileSync('go', ['build', '-o', join(BIN, 'referrers-registry'), '.'], { cwd: REFERRERS, stdio: 'inherit' });
  installPrograms('guard-tools', new Map(SYSTEM_TOOLS.map((name) => [name, name])));
}

function readVersions(): Map<string, string> {
  try {
    const value: unknown = JSON.parse(readFileSync(VERSIONS, 'utf8'));
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(Object.entries(value).map(([name, version]) => [name, String(version)]));
  } catch {
    return new Map();
  }
}

function writeVersions(versions: ReadonlyMap<string, string>): void {
  writeFileSync(`${VERSIONS}.tmp`, `${JSON.stringify(Object.fromEntries(versions), null, 2)}\n`);
  renameSync(`${VERSIONS}.tmp`, VERSIONS);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
