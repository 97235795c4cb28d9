/** Ctrl-C against the real command line: once for an early end with a bundle, twice to leave without one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { buildTarget, freshDir, startTarget } from '../testing/target-service.ts';
import { readTimeline } from './bundle.ts';
import { readManifest } from './manifest.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0)) await clean();
});

function capture(words: readonly string[], ...options: string[]) {
  const dir = freshDir();
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const out = join(dir, 'bundle');
  const args = ['capture', '-o', out, '--window', '200s', '--snapshots', '200', ...options, ...words];
  const hemostat = spawn(HEMOSTAT, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  cleanup.push(() => hemostat.kill('SIGKILL'));
  let stderr = '';
  hemostat.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(hemostat, 'close');
  return {
    dir,
    out,
    kill: () => hemostat.kill('SIGINT'),
    /** Waits until the unfinished bundle holds a file whose name ends like this. */
    seen: async (name: string) => {
      const there = () =>
        readdirSync(dir).some((partial) => readdirSync(join(dir, partial)).some((file) => file.endsWith(name)));
      while (!there()) {
        if (hemostat.exitCode !== null) throw new Error(`hemostat ended: ${stderr}`);
        await sleep(20);
      }
    },
    said: async (text: string) => {
      while (!stderr.includes(text)) await sleep(20);
    },
    ended: async () => {
      await ended;
      return { code: hemostat.exitCode, stderr };
    },
  };
}

it('ends the window early and leaves a whole bundle', async () => {
  const target = await startTarget();
  cleanup.push(() => target.kill());
  const running = capture([target.url]);
  await running.seen('001-heap.pb.gz');
  running.kill();
  const { code, stderr } = await running.ended();
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Ctrl-C again to leave') });
  expect(readManifest(running.out).interrupted).toBe(true);
  expect((await readTimeline(running.out)).snapshots.length).toBeGreaterThanOrEqual(2);
  expect(readdirSync(running.dir)).toEqual(['bundle']);
});

it('stops a started program at the end, and the program does not get the Ctrl-C', async () => {
  const running = capture([], '--', buildTarget());
  await running.seen('001-heap.pb.gz');
  running.kill();
  expect((await running.ended()).code).toBe(0);
  const { target, notes } = readManifest(running.out);
  expect(notes).toEqual([expect.stringContaining('ended early')]);
  expect(() => process.kill(target.pid ?? 0, 0)).toThrow(/ESRCH/);
  expect(readFileSync(join(running.out, 'stderr.log'), 'utf8')).toMatch(/^gc 1 @/m);
});

it('pressed twice leaves at once and leaves nothing behind', async () => {
  // Answers the first visit and hangs from the second on.
  let heaps = 0;
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/debug/pprof/') response.end("<a href='heap?debug=1'>heap</a>");
    else if (path.startsWith('/debug/pprof/heap?gc=1') && ++heaps > 1) return;
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const running = capture([`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`]);
  while (heaps < 2) await sleep(20);
  running.kill();
  await running.said('Ctrl-C again');
  running.kill();
  expect((await running.ended()).code).toBe(130);
  expect(existsSync(running.out)).toBe(false);
  expect(readdirSync(running.dir)).toEqual([]);
});
