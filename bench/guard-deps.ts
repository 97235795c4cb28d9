/**
 * `hemostat guard deps` on a lock file of 1,000 packages against a signed registry on loopback, which runs in a thread of its own:
 * `node bench/guard-deps.ts [--packages 1000] [--npm]`. Each packument has a few versions of about 10 KB, one in twenty is ten times
 * as large and one in two hundred has 10 MB; one package in three has provenance. With --npm the real `npm audit signatures` is
 * measured on the same registry, after `npm ci`, which it needs.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { guardDeps } from '../src/guard/deps/deps.ts';
import { depsSettings } from '../src/guard/deps/settings.ts';
import { createHttp } from '../src/guard/http/create.ts';
import { runNpm } from '../src/testing/npm-audit.ts';
import { type NpmRegistry, type Published, startNpmRegistry } from '../src/testing/npm-registry.ts';

const VERSIONS = 5;

interface Filled {
  readonly url: string;
  readonly trustedRoot: object;
  readonly published: readonly Published[];
}

function fill(registry: NpmRegistry, count: number): Published[] {
  const published: Published[] = [];
  for (let i = 0; i < count; i++) {
    const name = i % 10 === 0 ? `@scope/package-${i}` : `package-${i}`;
    const repository = `https://github.com/owner/package-${i}`;
    const provenance = { repository, workflow: `${repository}/.github/workflows/release.yml@refs/tags/v1` };
    const size = i % 200 === 7 ? 2_000_000 : i % 20 === 3 ? 100_000 : 10_000;
    for (let patch = 0; patch < VERSIONS; patch++) {
      const made = registry.publish({
        name,
        version: `1.0.${patch}`,
        published: new Date(Date.UTC(2025, 2, 1 + patch)),
        manifest: { description: 'text '.repeat(size / 5) },
        ...(i % 3 === 0 && patch >= VERSIONS - 2 ? { provenance } : {}),
      });
      if (patch === VERSIONS - 1) published.push(made);
    }
  }
  return published;
}

async function serve(count: number): Promise<void> {
  const registry = await startNpmRegistry();
  const published = fill(registry, count);
  const filled: Filled = { url: registry.url, trustedRoot: registry.sigstore.trustedRoot, published };
  parentPort?.postMessage(filled);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { packages: { type: 'string', default: '1000' }, npm: { type: 'boolean', default: false } },
  });
  const count = Number(values.packages);
  const worker = new Worker(new URL(import.meta.url), { workerData: count });
  const directory = await mkdtemp(join(tmpdir(), 'hemostat-bench-deps-'));
  try {
    const filled = await new Promise<Filled>((ready, failed) => {
      worker.once('message', ready);
      worker.once('error', failed);
    });
    await writeLock(directory, filled);
    for (const [what, npm] of [
      ['all checks, nothing cached', {}],
      ['signatures only, nothing cached', { provenance: false, 'cool-down-days': 0 }],
    ] as const) {
      await rm(join(directory, '.verified'), { recursive: true, force: true });
      await measure(what, directory, npm);
      await measure(`${what.split(',')[0] ?? ''}, all cached`, directory, npm);
    }
    if (values.npm) await measureNpm(directory, filled);
  } finally {
    await worker.terminate();
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeLock(directory: string, { url, trustedRoot, published }: Filled): Promise<void> {
  const dependencies = Object.fromEntries(published.map(({ name, version }) => [name, version]));
  const root = { name: 'x', version: '1.0.0', dependencies };
  const entries = published.map(({ name, version, tarball, integrity }) => [
    `node_modules/${name}`,
    { version, resolved: tarball, integrity },
  ]);
  const lock = { ...root, lockfileVersion: 3, packages: { '': root, ...Object.fromEntries(entries) } };
  await writeFile(join(directory, 'package.json'), JSON.stringify(root));
  await writeFile(join(directory, 'package-lock.json'), JSON.stringify(lock, null, 2));
  await writeFile(join(directory, 'root.json'), JSON.stringify(trustedRoot));
  await writeFile(join(directory, '.npmrc'), `registry=${url}\n`);
}

async function measure(what: string, directory: string, npm: object): Promise<void> {
  const http = createHttp();
  const start = performance.now();
  const result = await guardDeps(depsSettings.parse({ npm: { 'trusted-root': 'root.json', ...npm } }), {
    http,
    cwd: directory,
    cacheDir: join(directory, '.verified'),
    now: () => new Date(),
    offline: false,
    progress: () => {},
    env: { HOME: directory },
  });
  const seconds = (performance.now() - start) / 1000;
  http.close();
  const heap = process.memoryUsage.rss() / 1024 / 1024;
  process.stdout.write(`${what}: ${seconds.toFixed(2)} s, ${heap.toFixed(0)} MiB; ${result.summary}\n`);
  for (const failure of result.failures) process.stdout.write(`  ${failure}\n`);
}

async function measureNpm(directory: string, { url, trustedRoot }: Filled): Promise<void> {
  const options = { directory, registry: url, trustedRoot };
  const installed = await runNpm(['ci', '--ignore-scripts'], options);
  if (installed.code !== 0) throw new Error(installed.stderr);
  const start = performance.now();
  const audit = await runNpm(['audit', 'signatures'], options);
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `npm audit signatures: ${seconds.toFixed(2)} s; ${audit.stdout.replace(/\s+/g, ' ')}${audit.stderr}\n`,
  );
}

if (isMainThread) await main();
else await serve(Number(workerData));
