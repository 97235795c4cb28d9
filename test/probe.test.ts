/** The probe: what `hemostat probe` writes, and its Go tests under every Go whose runtime it says it knows. */
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeSource } from '../src/cli/probe.ts';
import { hasToolchain } from '../src/testing/heapdump-lab.ts';

const ROOT = join(import.meta.dirname, '..');
const PROBE = join(ROOT, 'probe');
const GO = spawnSync('go', ['version']).status === 0 ? 'go' : '/usr/local/go/bin/go';
const hasGo = spawnSync(GO, ['version']).status === 0;
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-probe-'));
const exec = promisify(execFile);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function hemostat(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(join(ROOT, 'bin', 'hemostat'), ['probe', ...args], { cwd: scratch, encoding: 'utf8' });
}

describe('hemostat probe', () => {
  test('prints the file, in the package that was asked for', () => {
    const printed = hemostat('--package', 'innards');
    expect(printed.status).toBe(0);
    expect(printed.stdout.match(/^package .*$/gm)).toEqual(['package innards']);
    expect(printed.stdout).toMatch(/^\/\/ Package innards /);
    expect(hemostat().stdout).toBe(readFileSync(join(PROBE, 'hemostat.go'), 'utf8'));
  });

  test.each(['', '_', '9lives', 'a b', 'a-b', 'a.b', 'a/b', 'func', 'x\npackage y', '-x'])(
    'refuses %j as a package',
    (name) => {
      const refused = hemostat(`--package=${name}`);
      expect(refused).toMatchObject({ status: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^hemostat: --package .*\n$/);
    },
  );

  test('overwrites a file only with --force', () => {
    const file = join(scratch, 'probe.go');
    writeFileSync(file, 'mine');
    expect(hemostat('-o', file)).toMatchObject({
      status: 2,
      stderr: `hemostat: ${file} exists; give --force to overwrite it, or another -o FILE\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(hemostat('-o', file, '--force')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(probeSource('hemostat'));
    expect(hemostat('-o', join(scratch, 'none', 'probe.go'))).toMatchObject({ status: 3 });
  });

  test.skipIf(!hasGo)('gofmt and go vet have nothing to say, under other names too', () => {
    for (const name of ['hemostat', 'main', 'größe']) {
      const file = join(scratch, 'named.go');
      writeFileSync(file, probeSource(name) + (name === 'main' ? '\nfunc main() {}\n' : ''));
      const goroot = execFileSync(GO, ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
      expect(execFileSync(join(goroot, 'bin', 'gofmt'), ['-l', file], { encoding: 'utf8' })).toBe('');
      execFileSync(GO, ['vet', file], { cwd: PROBE, stdio: 'pipe' });
    }
  });

  test('the lab has the very same file', () => {
    // Regenerate: bin/hemostat probe -o lab/internal/hemostat/hemostat.go --force
    expect(readFileSync(join(ROOT, 'lab', 'internal', 'hemostat', 'hemostat.go'), 'utf8')).toBe(
      probeSource('hemostat'),
    );
  });
});

describe.skipIf(!hasGo)('Go tests of the probe', () => {
  test.each(['local', 'go1.19.13', 'go1.22.12', 'go1.24.6', 'go1.25.3', 'go1.27.1'])(
    'with Go %s',
    async (toolchain) => {
      if (!hasToolchain(toolchain)) return;
      await goTest({ GOTOOLCHAIN: toolchain });
    },
    180_000,
  );

  test('with the goroutineleak experiment of Go 1.26', async () => {
    const version = execFileSync(GO, ['env', 'GOVERSION'], { cwd: PROBE, encoding: 'utf8' });
    if (!version.startsWith('go1.26')) return;
    await goTest({ GOEXPERIMENT: 'goroutineleakprofile' }, '-run=LeakProfile');
  }, 180_000);

  /** The hazard that AcceptRaceSinceGo126 is about, made certain: see testdata/dies. */
  test('since Go 1.26 a return from a system call ends a process that dumps', async () => {
    const [version = '', goroot = ''] = execFileSync(GO, ['env', 'GOVERSION', 'GOROOT'], {
      cwd: PROBE,
      encoding: 'utf8',
    }).split('\n');
    const minor = Number(/^go1\.(\d+)/.exec(version)?.[1]);
    const scheduler = join(goroot, 'src', 'runtime', 'proc.go');
    const normal = 'const debugExtendGrunningNoP = false';
    // Go does not let files of a downloaded toolchain be replaced.
    if (minor < 26 || goroot.includes('toolchain@') || !existsSync(scheduler)) return;
    const source = readFileSync(scheduler, 'utf8');
    expect(source).toContain(normal);
    const replaced = join(scratch, 'proc.go');
    writeFileSync(replaced, source.replace(normal, normal.replace('false', 'true')));
    const overlay = join(scratch, 'overlay.json');
    writeFileSync(overlay, JSON.stringify({ Replace: { [scheduler]: replaced } }));
    const binary = join(scratch, 'dies');
    await exec(GO, ['build', '-overlay', overlay, '-o', binary, './testdata/dies'], { cwd: PROBE, timeout: 170_000 });
    const died = spawnSync(binary, [], { encoding: 'utf8', timeout: 60_000 });
    expect(died.status).toBe(2);
    expect(died.stderr).toContain('fatal error: dumpgs in STW - bad status');
  }, 240_000);
});

describe.skipIf(!hasGo)('a lab service with the probe', () => {
  const token = 'a token of the test suite';

  const binary = join(scratch, 'quotes');

  beforeAll(async () => {
    await exec(GO, ['build', '-o', binary, './services/quotes'], { cwd: join(ROOT, 'lab'), timeout: 170_000 });
  });

  /** Runs the service until `task` has ended; `task` gets its address. */
  async function withService(env: Readonly<Record<string, string>>, task: (url: string, pid: number) => Promise<void>) {
    const child = spawn(binary, ['-life', '60s', '-load-for', '1s', '-probe-accept-race'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        child.on('close', () => reject(new Error('the service ended')));
        createInterface({ input: child.stderr }).on('line', (line) => {
          const found = /^listening on (http:\S+)$/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
      });
      await task(url, child.pid ?? 0);
    } finally {
      child.kill();
    }
  }

  test('hands out a dump to who has the token, and to nobody else', async () => {
    await withService({ HEMOSTAT_PROBE_TOKEN: token }, async (url, pid) => {
      const probe = `${url}/debug/hemostat`;
      expect((await fetch(`${probe}/heapdump`)).status).toBe(401);
      const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' };
      const metrics = await fetch(`${probe}/metrics`, { headers });
      expect(await metrics.json()).toMatchObject({ schema: 'hemostat/probe-metrics@1', pid });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const dump = await fetch(`${probe}/heapdump`, { headers });
      const bytes = Buffer.from(await dump.arrayBuffer());
      expect(dump.status, bytes.subarray(0, 300).toString()).toBe(200);
      expect(bytes.subarray(0, 16).toString()).toBe('go1.7 heap dump\n');
      expect(bytes.length).toBe(Number(dump.headers.get('content-length')));
    });
  });

  test('has no probe without a token', async () => {
    await withService({ HEMOSTAT_PROBE_TOKEN: '' }, async (url) => {
      for (const path of ['metrics', 'heapdump', '']) {
        expect((await fetch(`${url}/debug/hemostat/${path}`)).status).toBe(404);
      }
    });
  });
});

async function goTest(env: Readonly<Record<string, string>>, ...flags: string[]): Promise<void> {
  await exec(GO, ['test', ...flags, './...'], { cwd: PROBE, env: { ...process.env, ...env }, timeout: 170_000 }).catch(
    (error: unknown) => {
      const output = typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : '';
      throw new Error(output.slice(0, 4000) || String(error));
    },
  );
}
