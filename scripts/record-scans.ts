/**
 * Records what real scanners write about one Go program and its images, for tests that run without them: each scanner that is on
 * PATH is run offline against a database of made-up vulnerabilities (record-scans/world.ts), and its reports go into
 * src/guard/image/scans/testdata/real/ as they are, but for the paths and ports of this run and what is long and of no use here.
 *
 * Needs go, tar, skopeo and docker-registry, and of the scanners any of: govulncheck, osv-scanner 2, trivy. Those that are not there
 * are said and keep the reports they have. Contacts loopback only; building record-scans/bolt, for Trivy's database, needs its one
 * module in the cache or a module proxy.
 * Grype is not here: its database would have to be built with its own module.
 *
 *   node scripts/record-scans.ts [scanner …]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, startRegistry } from '../src/testing/image-registry.ts';
import {
  type Built,
  put,
  trivyDatabase,
  vexStatement,
  writeGoDatabase,
  writeLayout,
  writeOsvDatabase,
  writeProgram,
} from './record-scans/world.ts';

const TESTDATA = join(import.meta.dirname, '../src/guard/image/scans/testdata/real');
const asked = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'hemostat-scans-'));
const home = join(folder, 'home');
const env = { ...process.env, HOME: home, TMPDIR: folder, GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' };
const goEnv = {
  ...env,
  GOPROXY: `file://${folder}/proxy`,
  GONOSUMDB: '*',
  GOSUMDB: 'off',
  GOMODCACHE: join(folder, 'mod'),
  GOCACHE: join(folder, 'gocache'),
  CGO_ENABLED: '0',
};
const registry = await startRegistry();

/** Runs a scanner; what it found makes some of them exit with 1 or 3. */
function scan(tool: string, args: readonly string[], more: NodeJS.ProcessEnv = {}, cwd = folder): string {
  const { stdout, stderr, status } = spawnSync(tool, args, {
    cwd,
    env: { ...env, ...more },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (stdout === '' || (status !== 0 && status !== 1 && status !== 3)) {
    throw new Error(`${tool} ${args.join(' ')} (${status}): ${stderr.slice(-2000)}`);
  }
  return stdout;
}

/** Puts a report down without what is of this run only. */
function record(name: string, text: string): void {
  const plain = text
    .replaceAll(folder, '/scan')
    .replaceAll(folder.slice(1), 'scan')
    .replaceAll(registry.host, 'registry.example');
  writeFileSync(join(TESTDATA, `${name}.json`), plain.endsWith('\n') ? plain : `${plain}\n`);
  console.log(`${name}.json ${plain.length}`);
}

const named = (report: string, format: string): string => (format === 'json' ? report : `${report}.${format}`);

function wants(tool: string): boolean {
  if (asked.length > 0 && !asked.includes(tool)) return false;
  if (findTool(tool) !== null) return true;
  console.log(`${tool} is not on PATH: its reports stay as they are`);
  return false;
}

/** Images in the registry, as layouts, and as archives of `docker save`. */
function makeImage(name: string, program: string, alpine: boolean): Built {
  const root = join(folder, name);
  const built = writeLayout(root, program, alpine);
  const to = `docker://${registry.host}/shop/${name}:v1`;
  execFileSync('skopeo', ['copy', '-q', '--preserve-digests', '--dest-tls-verify=false', `oci:${root}/layout:v1`, to], {
    env,
  });
  execFileSync('skopeo', ['copy', '-q', `oci:${root}/layout:v1`, `docker-archive:${root}/docker.tar:shop/${name}:v1`], {
    env,
  });
  return built;
}

try {
  mkdirSync(TESTDATA, { recursive: true });
  mkdirSync(home, { recursive: true });
  writeProgram(folder);
  const app = join(folder, 'app');
  execFileSync('go', ['mod', 'tidy'], { cwd: app, env: goEnv, stdio: 'pipe' });
  const program = join(folder, 'program');
  execFileSync('go', ['build', '-buildvcs=false', '-trimpath', '-ldflags=-s -w', '-o', program, '.'], {
    cwd: app,
    env: goEnv,
  });
  const images = { alpine: makeImage('alpine', program, true), scratch: makeImage('scratch', program, false) };
  writeFileSync(join(TESTDATA, 'images.json'), `${JSON.stringify(images, null, 1)}\n`);
  const remote = (name: string): string => `${registry.host}/shop/${name}:v1`;
  writeFileSync(join(folder, 'vex.json'), vexStatement());

  if (wants('govulncheck')) {
    writeGoDatabase(join(folder, 'vulndb'));
    const database = `-db=file://${folder}/vulndb`;
    // With its symbols: without them only modules are looked at.
    const symbols = join(folder, 'symbols');
    execFileSync('go', ['build', '-buildvcs=false', '-trimpath', '-o', symbols, '.'], { cwd: app, env: goEnv });
    for (const format of ['json', 'sarif', 'openvex']) {
      record(
        named('govulncheck-source', format),
        scan('govulncheck', [database, '-format', format, './...'], goEnv, app),
      );
      record(
        named('govulncheck-binary', format),
        scan('govulncheck', [database, '-mode', 'binary', '-format', format, symbols], goEnv, app),
      );
    }
    record('govulncheck-stripped', scan('govulncheck', [database, '-mode', 'binary', '-json', program], goEnv, app));
  }

  if (wants('osv-scanner')) {
    writeOsvDatabase(join(folder, 'osv'));
    const offline = ['--offline', '--offline-vulnerabilities', `--local-db-path=${folder}/osv`];
    for (const format of ['json', 'sarif']) {
      record(
        named('osv-source', format),
        scan('osv-scanner', ['scan', 'source', ...offline, '--format', format, '-L', `${app}/go.mod`]),
      );
      record(
        named('osv-image', format),
        scan('osv-scanner', ['scan', 'image', ...offline, '--format', format, '--archive', 'alpine/docker.tar']),
      );
    }
  }

  if (wants('trivy')) {
    const cache = join(folder, 'trivy');
    const now = Date.now();
    const day = (days: number): string => new Date(now + days * 86_400_000).toISOString();
    put(join(cache, 'db/metadata.json'), JSON.stringify({ Version: 2, NextUpdate: day(1), UpdatedAt: day(0) }));
    execFileSync('go', ['run', '.', join(cache, 'db/trivy.db')], {
      cwd: join(import.meta.dirname, 'record-scans/bolt'),
      input: JSON.stringify(trivyDatabase()),
      env: { ...process.env, GOFLAGS: '' },
    });
    const common = ['--cache-dir', cache, '--skip-db-update', '--skip-java-db-update', '--offline-scan', '--quiet'];
    const trivy = (...args: string[]): string =>
      scan('trivy', [args[0] ?? '', ...common, '--scanners', 'vuln', ...args.slice(1)]);
    record(
      'trivy-registry',
      trivy('image', '--insecure', '--image-src', 'remote', '--format', 'json', remote('alpine')),
    );
    record(
      'trivy-registry.sarif',
      trivy('image', '--insecure', '--image-src', 'remote', '--format', 'sarif', remote('alpine')),
    );
    record('trivy-archive', trivy('image', '--format', 'json', '--input', 'alpine/docker.tar'));
    record('trivy-layout', trivy('image', '--format', 'json', '--input', 'alpine/layout'));
    record('trivy-scratch', trivy('image', '--format', 'json', '--input', 'scratch/layout'));
    record(
      'trivy-os-only',
      trivy('image', '--format', 'json', '--pkg-types', 'os', '--list-all-pkgs', '--input', 'scratch/layout'),
    );
    record('trivy-fs', trivy('fs', '--format', 'json', 'app'));
    record('trivy-rootfs', trivy('rootfs', '--format', 'json', 'alpine/rootfs'));
    writeFileSync(join(folder, 'ignore'), 'CVE-2099-1000\n');
    const hidden = [
      '--show-suppressed',
      '--vex',
      'vex.json',
      '--ignorefile',
      'ignore',
      '--ignore-status',
      'will_not_fix',
    ];
    record('trivy-suppressed', trivy('image', '--format', 'json', ...hidden, '--input', 'alpine/layout'));
  }
} finally {
  await registry.stop();
  // Go's module cache is read-only.
  if (existsSync(join(folder, 'mod'))) execFileSync('chmod', ['-R', 'u+w', join(folder, 'mod')]);
  rmSync(folder, { recursive: true, force: true });
}
