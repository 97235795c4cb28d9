/**
 * Installs what `make e2e-guard` tries guard against, pinned, into .cache/tools/bin: cosign, opa and distribution's registry with
 * `go install`, which holds them to the checksum database; skopeo, umoci and docker-registry from the system where it is Debian's.
 * Done once: .cache/tools/versions.json says what is there.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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
  installSystemTools();
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

function installSystemTools(): void {
  const missing = SYSTEM_TOOLS.filter((name) => !isOnPath(name));
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !isOnPath('apt-get'))
    throw new Error(
      `guard-tools: ${missing.join(', ')} not found; install them (any package manager) and run this again`,
    );
  process.stdout.write(`==> installing ${missing.join(', ')} with apt-get\n`);
  for (const args of [
    ['update', '-q'],
    ['install', '-qy', '--no-install-recommends', ...missing],
  ]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`guard-tools: apt-get ${args[0]} failed; install ${missing.join(', ')} by hand`);
  }
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, name)));
}

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
