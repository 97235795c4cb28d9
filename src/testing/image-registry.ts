/**
 * Real registries on loopback for tests: Debian's docker-registry (2.8), distribution 3 (`registry`) where it is installed, both
 * without the referrers API, and `referrers-registry` (the folder beside this file) with it, in memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { OCI_MANIFEST, sha256Of } from '../guard/registry/oci-manifest.ts';
import type { Repository } from '../guard/registry/registry.ts';

export interface ImageRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Where it keeps what it has: tests may spoil it. Empty of `referrers-registry`. */
  readonly root: string;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** `docker-registry` (default), `registry` or `referrers-registry`. */
  readonly program?: string;
  /** A line of htpasswd (`user:bcrypt`): only that user may read and write. */
  readonly htpasswd?: string;
}

/** Installed by the project, or on PATH; null where it is not. */
export function findTool(name: string): string | null {
  const project = join(import.meta.dirname, '../../.cache/tools/bin');
  const folders = [project, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Why tests with a registry are skipped, or null: then they run. */
export function withoutRegistry(program = 'docker-registry'): string | null {
  return findTool(program) === null ? `${program} is not installed (make setup-test, scripts/guard-tools)` : null;
}

const READY_MS = 60_000;

/** Starts a registry on a free port of 127.0.0.1 and waits until it answers. */
export async function startRegistry(options: RegistryOptions = {}): Promise<ImageRegistry> {
  const program = findTool(options.program ?? 'docker-registry');
  if (program === null) throw new Error(withoutRegistry(options.program) ?? '');
  const folder = await mkdtemp(join(tmpdir(), 'hemostat-registry-'));
  // Another process may take the port between the two: then once more.
  for (let tries = 0; ; tries++) {
    const host = `127.0.0.1:${await freePort()}`;
    const child = await serve(program, folder, host, options.htpasswd);
    if (await answers(child, host)) {
      return {
        host,
        root: join(folder, 'data'),
        async stop() {
          await end(child);
          await rm(folder, { recursive: true, force: true });
        },
      };
    }
    await end(child);
    if (tries === 3) throw new Error(`${program} does not start: ${program} serve ${join(folder, 'config.yml')}`);
  }
}

async function serve(program: string, folder: string, host: string, htpasswd?: string): Promise<ChildProcess> {
  const config = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {filesystem: {rootdirectory: ${join(folder, 'data')}}, delete: {enabled: true}}`,
    `http: {addr: "${host}", secret: tests}`,
  ];
  if (htpasswd !== undefined) {
    await writeFile(join(folder, 'htpasswd'), `${htpasswd}\n`);
    config.push(`auth: {htpasswd: {realm: tests, path: ${join(folder, 'htpasswd')}}}`);
  }
  await writeFile(join(folder, 'config.yml'), `${config.join('\n')}\n`);
  const words = basename(program) === 'referrers-registry' ? [host] : ['serve', join(folder, 'config.yml')];
  const child = spawn(program, words, {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  child.on('error', () => undefined);
  // A test run that is cut short leaves none behind.
  process.on('exit', () => child.kill('SIGKILL'));
  return child;
}

async function answers(child: ChildProcess, host: string): Promise<boolean> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until && child.exitCode === null) {
    const status = await fetch(`http://${host}/v2/`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200 || status === 401) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Pushes an image of one layer with one small file, as fast as it goes.
 * @param says what is in the file: other text is another image.
 * @returns the image's digest.
 */
export async function pushTinyImage(repository: Repository, tag: string, says = 'hello\n'): Promise<string> {
  const tar = tarOf('etc/motd', says);
  const layer = await repository.putBlob(gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const config = await repository.putBlob(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        created: '2026-01-01T00:00:00Z',
        config: { Entrypoint: ['/app'] },
        rootfs: { type: 'layers', diff_ids: [sha256Of(tar)] },
        history: [{ created: '2026-01-01T00:00:00Z', created_by: 'hemostat tests' }],
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
  return repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
}

/** A ustar archive of one file (POSIX.1-2017 pax, "ustar Interchange Format"). */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
