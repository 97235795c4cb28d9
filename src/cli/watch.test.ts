/** The command as people run it: what it prints, how it ends, and what it refuses. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../testing/target-service.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const cleanup: (() => unknown)[] = [];
afterEach(() => {
  for (const clean of cleanup.splice(0)) clean();
});

/** Runs until it ends; `onText` may act on what was printed so far. */
function hemostat(args: readonly string[], onText: (text: string, kill: () => void) => void = () => {}) {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-watch-test-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const child = spawn(process.execPath, [MAIN, 'watch', ...args], {
    // Without bpftrace, whoever runs the tests.
    env: { ...process.env, TMPDIR: dir, HEMOSTAT_TOKEN: '', XDG_STATE_HOME: dir, PATH: dir },
  });
  cleanup.push(() => child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
    onText(err, () => child.kill('SIGTERM'));
  });
  return new Promise<{ code: number | null; out: string; err: string; dir: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err, dir }));
  });
}

it('says where the page is, ends on SIGTERM, and leaves nothing behind', async () => {
  const port = await freePort();
  const dead = await freePort();
  let seen = 0;
  let problems = '';
  const words = [`http://127.0.0.1:${dead}`, '--listen', `127.0.0.1:${port}`, '--syscalls'];
  const ended = await hemostat(words, async (text, kill) => {
    if (!text.includes('removed at the end') || seen++ > 0) return;
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    seen += answer.status;
    problems = await (await fetch(`http://127.0.0.1:${port}/api/status`)).text();
    kill();
  });
  expect(ended.code).toBe(0);
  expect(seen).toBeGreaterThanOrEqual(201);
  // What it cannot count is one sentence, and the rest works.
  expect(problems).toMatch(/"about":"syscalls","since":\d+,"says":"System calls are not counted: [^"]{20,}/);
  expect(ended.err).toContain(`the page is at http://127.0.0.1:${port}\n`);
  expect(ended.err).toContain(`watching http://127.0.0.1:${dead}/, profiles every 1m;`);
  expect(readdirSync(ended.dir).filter((name) => name.startsWith('hemostat-watch-'))).toEqual([]);
}, 60_000);

it('checks a configuration, and refuses what it cannot mean, in one sentence', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-watch-config-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'hemostat.yaml');
  writeFileSync(file, 'jobs:\n  - name: orders\n    static_configs: [{ targets: ["127.0.0.1:6060"] }]\n');
  const wrong = join(dir, 'wrong.yaml');
  writeFileSync(wrong, 'jobs:\n  - name: orders\n    scrape: 5\n');
  const [good, bad, both, every, open, nothing] = await Promise.all([
    hemostat(['--config', file, '--check-config']),
    hemostat(['--config', wrong]),
    hemostat(['http://127.0.0.1:1', '--config', file]),
    hemostat(['--config', file, '--every', '5s']),
    hemostat(['http://127.0.0.1:1', '--listen', '0.0.0.0:0']),
    hemostat([]),
  ]);
  expect(good.code).toBe(0);
  expect(good.out).toMatch(/default\/orders: 1 target /);
  expect(bad).toMatchObject({ code: 2, err: expect.stringMatching(/wrong\.yaml:3:\d+/) });
  expect(both).toMatchObject({
    code: 2,
    err: 'hemostat: give targets or --config, not both; targets can be added to the file\n',
  });
  expect(every).toMatchObject({ code: 2, err: expect.stringMatching(/--every is for targets on the command line/) });
  expect(open).toMatchObject({ code: 2, err: expect.stringMatching(/--token-file/) });
  expect(nothing).toMatchObject({ code: 2, err: expect.stringMatching(/no target given/) });
}, 60_000);
