/** The package as it is installed: compiled into dist/, without the sources. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { buildFilter } from '../guard/wasm/build.ts';

const ROOT = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-package-'));
const home = join(dir, 'package');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

beforeAll(() => {
  // Made by prepack, as dist is.
  buildFilter();
  mkdirSync(home);
  const { files } = z
    .object({ files: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  for (const path of ['package.json', ...files]) {
    if (path !== 'dist' && path !== 'lab') cpSync(join(ROOT, path), join(home, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  execFileSync(
    join(ROOT, 'node_modules', '.bin', 'tsc'),
    ['-p', 'tsconfig.build.json', '--outDir', join(home, 'dist')],
    {
      cwd: ROOT,
    },
  );
  for (const name of ['cart', 'order']) {
    mkdirSync(join(dir, 'shop', name), { recursive: true });
    const leak = `func first() int {\n\tc := make(chan int)\n\tgo func() { c <- 1 }()\n\tgo func() { c <- 2 }()\n\treturn <-c\n}\n`;
    writeFileSync(join(dir, 'shop', name, 'first.go'), `package ${name}\n\n${leak}`);
  }
  writeFileSync(join(dir, 'shop', 'go.mod'), 'module example.com/shop\n\ngo 1.26\n');
}, 120_000);

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(join(home, 'bin', 'hemostat'), args, {
    cwd: join(dir, 'shop'),
    env: { ...process.env, HEMOSTAT_CACHE: join(dir, 'cache') },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

it('has what the commands need: threads, the cache, the standard library’s types, the pages', () => {
  expect(existsSync(join(home, 'src'))).toBe(false);
  for (const from of ['cold', 'warm']) {
    const { status, stdout, stderr } = run('review', '--jobs', '2');
    expect({ from, status, stderr }).toEqual({ from, status: 1, stderr: '' });
    expect(stdout.match(/^(cart|order)\/first\.go:\d+:\d+: high: .*\(chan-first-wins\)$/gm)).toHaveLength(4);
  }
  expect(run('explain', 'chan-first-wins').stdout).toContain('What it means');
  expect(run('--version').stdout).toMatch(/^hemostat \d/);
});

it('has the body filter for Envoy', () => {
  expect(existsSync(join(home, 'guard', 'wasm', 'build', 'hemostat-body.wasm'))).toBe(true);
});

it('has the page of hemostat watch, and the one of reports', () => {
  const page = readFileSync(join(home, 'ui', 'dist', 'index.html'), 'utf8');
  const assets = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  expect(assets.map((path) => path.replace(/-[\w-]{8}\./, '-HASH.')).sort()).toEqual([
    'assets/index-HASH.css',
    'assets/index-HASH.js',
  ]);
  for (const path of assets) expect(existsSync(join(home, 'ui', 'dist', path))).toBe(true);
  // The report is one file: it asks for nothing.
  const report = readFileSync(join(home, 'ui', 'dist', 'report.html'), 'utf8');
  expect(report).toContain('<script type="module">');
  expect(report).not.toMatch(/<(script|link)[^>]*(src|href)="(?!data:)/);
});

it('has every command', () => {
  const commands = ['capture', 'diagnose', 'diff', 'explain', 'gate', 'guard', 'lab', 'lsp', 'probe', 'prove'];
  commands.push('review', 'show', 'watch');
  for (const command of commands)
    expect({ command, status: run(command, '--help').status }).toEqual({ command, status: 0 });
});

it('has what guard needs: the thread of policies, the policies that are shipped, the examples, the schemas', () => {
  const container = 'containers: [{name: web, image: "registry.example/web:1"}]';
  const template = `template: {metadata: {labels: {app: web}}, spec: {${container}}}`;
  const web = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {app: web}}, ${template}}\n`;
  writeFileSync(join(dir, 'shop', 'web.yaml'), web);
  const policies = join(home, 'docs', 'policies');
  const config = run('guard', 'config', 'web.yaml', '--policy', policies, '--json');
  expect({ status: config.status, stderr: config.stderr }).toEqual({ status: 1, stderr: '' });
  // One in CEL, one in Rego.
  expect(config.stdout).toContain('breaks the policy memory-limits: ');
  expect(config.stdout).toContain('breaks the policy read_only_root: ');

  writeFileSync(
    join(dir, 'shop', '.hemostat.yaml'),
    `gate:\n  config: {paths: [web.yaml], policies: ["${policies}"]}\n`,
  );
  const gate = run('gate', '--offline');
  expect({ status: gate.status, stderr: gate.stderr }).toEqual({ status: 1, stderr: '' });
  expect(gate.stdout).toContain('hemostat gate: blocked: ');
  const proof = run('gate', '--self-test');
  expect({ status: proof.status, stderr: proof.stderr }).toEqual({ status: 0, stderr: '' });
  for (const path of ['schema/guard.schema.json', 'schema/gate.schema.json', 'examples/ci/github-actions.yml'])
    expect(existsSync(join(home, 'docs', path))).toBe(true);

  const admit = join(dir, 'admit');
  cpSync(join(home, 'docs', 'examples', 'admit'), admit, { recursive: true });
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  for (const name of ['release.pub', 'gate.pub']) writeFileSync(join(admit, name), keys);
  const checked = run('guard', 'admit', '--check-config', '--config', join(admit, 'admit.yaml'));
  expect(checked.status).toBe(0);
  expect(checked.stdout).toContain('reviews are answered at https://');
});
