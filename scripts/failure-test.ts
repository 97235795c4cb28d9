/**
 * What `hemostat watch` does when the machine fails under it: `node scripts/failure-test.ts`. A full disk, profiles that
 * cannot be written, a damaged profile, a clock that is set back. Each must be named in the log and in `/api/status`, and
 * the server must go on, and go back to normal where that is possible. Linux; mounts are made in a namespace of the server's
 * own (`unshare -rm`), so that they are gone with it.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Farm, startFarm } from '../src/testing/profile-farm.ts';
import { captures, status } from '../src/watch/api/contract.ts';
import { systemClock } from '../src/watch/clock.ts';
import { readConfig } from '../src/watch/config/read.ts';
import { createLog } from '../src/watch/log.ts';
import { WatchServer } from '../src/watch/server.ts';
import { ServerProcess } from './crash/server.ts';

/** One failure; gives what was said of it. */
type Failure = (dir: string, farm: Farm) => Promise<string>;

const WAIT_MS = 120_000;

/** A server whose data directory is a small disk of its own. */
async function onSmallDisk(dir: string, farm: Farm): Promise<ServerProcess> {
  const data = join(dir, 'data');
  const script = 'mount -t tmpfs -o size=96m,mode=700 tmpfs "$0" && exec "$@"';
  return await ServerProcess.start(['--config', configOf(dir, farm)], ['unshare', '-rm', 'sh', '-c', script, data]);
}

const diskFull: Failure = async (dir, farm) => {
  const server = await onSmallDisk(dir, farm);
  try {
    await capturesSince(server, 0);
    // The server's view of its directory; nobody else sees the mount.
    const ballast = `/proc/${server.child.pid}/root${join(dir, 'data', 'ballast')}`;
    fill(ballast);
    const says = await problem(server, /disk is full/);
    rmSync(ballast);
    const freed = Date.now();
    await gone(server, /disk is full/);
    await capturesSince(server, freed);
    return says;
  } finally {
    await server.kill('SIGKILL');
  }
};

const readOnly: Failure = async (dir, farm) => {
  const server = await onSmallDisk(dir, farm);
  const blobs = join(dir, 'data', 'blobs');
  const inside = (command: string): void => {
    execFileSync('nsenter', [
      '-t',
      String(server.child.pid),
      '-U',
      '--preserve-credentials',
      '-m',
      'sh',
      '-c',
      command,
    ]);
  };
  try {
    await capturesSince(server, 0);
    inside(`mount --bind '${blobs}' '${blobs}' && mount -o remount,bind,ro '${blobs}'`);
    const says = await problem(server, /cannot be written/);
    inside(`umount -l '${blobs}'`);
    const freed = Date.now();
    await gone(server, /cannot be written/);
    await capturesSince(server, freed);
    return says;
  } finally {
    await server.kill('SIGKILL');
  }
};

const readOnlyAtStart: Failure = async (dir, farm) => {
  const data = join(dir, 'data');
  const script = 'mount -t tmpfs -o ro,size=16m tmpfs "$0" && exec "$@"';
  try {
    const server = await ServerProcess.start(
      ['--config', configOf(dir, farm)],
      ['unshare', '-rm', 'sh', '-c', script, data],
    );
    await server.kill('SIGKILL');
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    if (/ended \([23]\).*cannot be written/.test(says)) return says;
    throw error;
  }
  throw new Error('it starts although it cannot write');
};

const corruptBlob: Failure = async (dir, farm) => {
  const server = await ServerProcess.start(['--config', configOf(dir, farm)]);
  try {
    const [capture] = await capturesSince(server, 0);
    const blobs = join(dir, 'data', 'blobs');
    for (const entry of readdirSync(blobs, { recursive: true, encoding: 'utf8' })) {
      const path = join(blobs, entry);
      if (statSync(path).isFile()) damage(path);
    }
    const response = await fetch(`${server.url}/api/captures/${capture?.id}/parts/heap`);
    const body = await response.text();
    if (response.ok || !/damaged/.test(body))
      throw new Error(`the page says ${response.status}: ${body.slice(0, 200)}`);
    const says = await problem(server, /damaged/);
    await capturesSince(server, Date.now());
    return `${says} (the API answers ${response.status}: ${body})`;
  } finally {
    await server.kill('SIGKILL');
  }
};

const clockBack: Failure = async (dir, farm) => {
  let back = 0;
  const clock = { ...systemClock, wall: () => Date.now() - back };
  const lines: string[] = [];
  const log = createLog('info', false);
  const warn = log.warn.bind(log);
  log.warn = (...args: Parameters<typeof warn>) => {
    lines.push(String(args[1] ?? ''));
  };
  const server = await WatchServer.start({
    config: await readConfig(configOf(dir, farm)),
    version: 'test',
    log,
    uiDir: null,
    clock,
  });
  try {
    const problems = async (): Promise<string[]> => {
      const read = status.parse(await (await fetch(`${server.url}/api/status`)).json());
      return read.problems.map(({ says }) => says);
    };
    const times = async (): Promise<number[]> => {
      const read = captures.parse(await (await fetch(`${server.url}/api/captures?from=0&limit=500`)).json());
      return read.captures.map(({ at }) => at);
    };
    await until(async () => (await times()).length > 3);
    back = 3_600_000;
    const before = Math.max(...(await times()));
    const says = await until(async () => (await problems()).find((each) => /set back/.test(each)));
    await until(async () => Math.max(...(await times())) > before);
    if (!lines.some((line) => /set back/.test(line))) throw new Error('the log does not name it');
    return says;
  } finally {
    await server.stop();
  }
};

/** The sentence of a problem, once the page and the log have it. */
async function problem(server: ServerProcess, says: RegExp): Promise<string> {
  return await until(async () => {
    if (!server.alive) throw new Error('the server has ended');
    const { problems } = await server.ask('/api/status', status);
    const shown = problems.find((each) => says.test(each.says));
    const logged = server.lines.some(({ level, msg }) => level !== 'debug' && says.test(msg));
    return shown !== undefined && logged ? `${shown.about}: ${shown.says}` : undefined;
  });
}

async function gone(server: ServerProcess, says: RegExp): Promise<void> {
  await until(async () => !(await server.ask('/api/status', status)).problems.some((each) => says.test(each.says)));
}

/** Captures that are stored with profiles, taken after `from`. */
async function capturesSince(server: ServerProcess, from: number) {
  return await until(async () => {
    const read = await server.ask(`/api/captures?from=${from}&limit=500`, captures);
    const kept = read.captures.filter((capture) => capture.parts.some(({ kind, kept }) => kind === 'heap' && kept));
    return kept.length > 2 ? kept : undefined;
  });
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not in ${WAIT_MS / 1000} s`);
    await sleep(200);
  }
}

/** Until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size > 0; size >>= 1) while (writes(file, Buffer.alloc(size, 1)));
  } finally {
    closeSync(file);
  }
}

function writes(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) === bytes.length;
  } catch {
    return false;
  }
}

function damage(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from('damaged'), 0, 7, Math.floor(statSync(path).size / 2));
  closeSync(file);
}

function configOf(dir: string, farm: Farm): string {
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const targets = [0, 1, 2, 3].map((i) => `'http://${farm.address}/t/${i}'`).join(', ');
  const file = join(dir, 'hemostat.yaml');
  writeFileSync(
    file,
    `data_dir: ${data}
listen: 127.0.0.1:0
global:
  schedule: { metrics_every: 1s, profiles_every: 5s, first_look: { captures: 0 } }
  budget: { captures_per_hour: 36000, bytes_per_hour: 100GB, pause_per_hour: 1h }
jobs:
  - name: shop
    static_configs: [{ targets: [${targets}] }]
`,
  );
  return file;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  'disk full': diskFull,
  'profiles read-only': readOnly,
  'data directory read-only at the start': readOnlyAtStart,
  'damaged profile': corruptBlob,
  'clock set back by an hour': clockBack,
};

const farm = await startFarm({ services: 4, leaking: 4, everyMs: 0, rate: 4 << 20 });
const only = process.argv[2] ?? '';
for (const [name, run] of Object.entries(FAILURES)) {
  if (!name.includes(only)) continue;
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-failure-'));
  try {
    process.stdout.write(`${name}: ok. ${await run(dir, farm)}\n`);
  } catch (error) {
    process.stdout.write(`${name}: FAILED. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
await farm.close();
