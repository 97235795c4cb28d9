/** `guard respond` as a user has it, in one process: an incident from the diagnosis that found it to the one that shows it gone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { findingOf } from '../guard/respond/testing.ts';
import { startReceiver } from '../watch/alerts/testing.ts';
import { exitCodeOf, sentenceOf } from './exit.ts';
import { command } from './guard-respond.ts';

const root = mkdtempSync(join(tmpdir(), 'hemostat-respond-cli-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let dir = '';
let count = 0;
beforeEach(() => {
  dir = join(root, String(count++));
  mkdirSync(dir);
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  process.stdout.write = (text: string | Uint8Array) => {
    written.out += String(text);
    return true;
  };
  process.stderr.write = (text: string | Uint8Array) => {
    written.err += String(text);
    return true;
  };
  process.exitCode = 0;
  try {
    const program = command().exitOverride();
    for (const one of program.commands) one.exitOverride();
    await program.parseAsync([...args, '--dir', join(dir, 'journal')], { from: 'user' });
    return { code: Number(process.exitCode ?? 0), ...written };
  } catch (error) {
    return { code: exitCodeOf(error), out: written.out, err: sentenceOf(error) };
  } finally {
    process.stdout.write = stdout;
    process.stderr.write = stderr;
    process.exitCode = 0;
  }
}

function diagnosis(name: string, start: Date, findings: readonly object[]): string {
  const file = join(dir, name);
  const target = { service: 'shop', instance: 'shop-0', goVersion: null };
  const window = { start: start.toISOString(), seconds: 600, snapshots: 5 };
  const series = [{ name: 'goroutines', unit: 'count', at: [0, 600_000], value: [12, 12] }];
  writeFileSync(file, JSON.stringify({ schema: 'hemostat/diagnosis@1', target, window, findings, series }));
  return file;
}

async function opened(): Promise<string> {
  const hour = new Date(Date.now() - 3_600_000);
  const { out } = await run('open', diagnosis('found.json', hour, [findingOf()]), '--json', '--by', 'ada');
  return JSON.parse(out).opened[0];
}

describe('hemostat guard respond', () => {
  it('goes from a finding to measured flat, and takes nobody’s word on the way', async () => {
    const id = await opened();
    // The same file again is the same incident.
    expect((await run('open', join(dir, 'found.json'))).out).toContain('1 incident was open before.');
    expect((await run('ack', id.slice(0, 6), '--role', 'development')).out).toMatch(/^Acknowledged for development/);
    expect(await run('close', id)).toMatchObject({
      code: 2,
      err: expect.stringContaining('development still owes fix-with-test'),
    });

    const git = (...args: string[]) =>
      execFileSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        encoding: 'utf8',
      }).trim();
    git('init', '-q');
    writeFileSync(join(dir, 'hub.go'), 'package hub\n');
    git('add', 'hub.go');
    git('commit', '-q', '-m', 'leak');
    writeFileSync(join(dir, 'hub.go'), 'package hub\n\n// fixed\n');
    git('commit', '-q', '-a', '-m', 'fix without a test');
    await run('attach', id, git('rev-parse', 'HEAD'));
    expect(await run('check', id, '--repo', dir)).toMatchObject({
      code: 1,
      out: expect.stringContaining('REFUSED: commit'),
    });
    writeFileSync(join(dir, 'hub_test.go'), 'package hub\n');
    writeFileSync(join(dir, 'hub.go'), 'package hub\n\n// fixed again\n');
    git('add', '--', 'hub.go', 'hub_test.go');
    git('commit', '-q', '-m', 'fix with a test');
    await run('attach', id, git('rev-parse', 'HEAD'));
    const checked = await run('check', id, '--repo', dir, '--json');
    expect(JSON.parse(checked.out).incident.clocks).toContainEqual(
      expect.objectContaining({ role: 'development', clock: 'resolve', state: 'met' }),
    );

    const plan = join(dir, 'plan.yaml');
    writeFileSync(plan, `image: registry.example/shop\ndigest: sha256:${'ab'.repeat(32)}\nsteps: [undo]\n`);
    await run('attach', id, plan);
    expect(await run('check', id, '--role', 'operations', '--offline')).toMatchObject({
      code: 3,
      out: expect.stringContaining('NOT CHECKED'),
    });

    expect(await run('verify', id, '--diagnosis', join(dir, 'found.json'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('began before the finding was found'),
    });
    const later = new Date(Date.now() + 1000);
    expect(await run('verify', id, '--diagnosis', diagnosis('still.json', later, [findingOf()]))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^NOT FLAT: still there/),
    });
    expect((await run('verify', id, '--diagnosis', diagnosis('flat.json', later, []))).out).toMatch(
      /^Flat: .*To be closed: operations still owes rollback-plan\./,
    );
    expect((await run('close', id, '--reason', 'rolled forward')).out).toMatch(/^Closed/);
    expect(await run('ack', id, '--role', 'operations')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is closed'),
    });
    // What was seen before it was closed does not open it; what is seen later does.
    expect((await run('open', join(dir, 'found.json'))).out).toContain('not opened again');
    const again = await run(
      'open',
      diagnosis('again.json', new Date(Date.now() + 60_000), [findingOf('high')]),
      '--json',
    );
    expect(JSON.parse(again.out).incidents[0]).toMatchObject({ id, round: 2, state: 'open' });
    expect((await run('report')).out).toMatch(/^1 incident \(2 rounds: some came back\), 1 open\./);
    expect((await run('show', id)).out).toContain('opened again: the finding is there again');
    expect(statSync(join(dir, 'journal')).mode & 0o777).toBe(0o700);
  }, 60_000);

  it('sends a reminder once, with its id, and keeps the address to itself', async () => {
    await opened();
    let status = 500;
    const receiver = await startReceiver(() => ({ status }));
    process.env.HEMOSTAT_TEST_HOOK = `${receiver.url}/secret-path`;
    const matrix = join(dir, 'matrix.yaml');
    writeFileSync(
      matrix,
      'schema: hemostat/respond@1\nmatrix: [{kind: "*", severity: critical, role: development, due: 1h}]\nescalation: [{at: 0, tell: [pager]}]\nreceivers: {pager: {kind: webhook, url-env: HEMOSTAT_TEST_HOOK}}\n',
    );
    try {
      const failed = await run('tick', '--matrix', matrix);
      expect(failed).toMatchObject({ code: 3, err: expect.stringContaining('pager was not told') });
      status = 200;
      expect((await run('tick', '--matrix', matrix)).code).toBe(0);
      const sent = receiver.got.length;
      expect((await run('tick', '--matrix', matrix)).code).toBe(0);
      expect(receiver.got).toHaveLength(sent);
      expect(new Set(receiver.got.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
      expect(JSON.parse(receiver.got.at(-1)?.body ?? '')).toMatchObject({
        schema: 'hemostat/reminder@1',
        role: 'development',
      });
      const journal = readFileSync(join(dir, 'journal', 'events.jsonl'), 'utf8');
      expect(journal + failed.err + failed.out).not.toContain('secret-path');
    } finally {
      delete process.env.HEMOSTAT_TEST_HOOK;
      await receiver.close();
    }
  }, 60_000);

  it('prints reminders where there are no receivers, and the matrix as a file that it reads', async () => {
    const printed = await run('matrix', '--print');
    const file = join(dir, 'copy.yaml');
    writeFileSync(file, printed.out.replace('{at: 0.5,', '{at: 0,'));
    await opened();
    expect((await run('tick', '--matrix', file)).out).toMatch(
      /to development: critical goroutine-growth in shop: development owes/,
    );
    expect((await run('list')).out).toContain('rollback plan');
    expect(JSON.parse((await run('export', '--alertmanager')).out)).toHaveLength(1);
  });

  it.each([
    [['show', 'ffff'], 'there is no incident "ffff"'],
    [['export'], 'say in which form'],
    [['report', '--since', 'soon'], '--since: "soon" is no time'],
    [['open', '/nowhere.json'], '/nowhere.json cannot be read (ENOENT)'],
    [['open', join(import.meta.dirname, 'exit.ts')], 'is not JSON'],
    [['list', '--matrix', '/nowhere.yaml'], '/nowhere.yaml cannot be read'],
  ])('%j is wrong usage, in a sentence', async (args, says) => {
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(says) });
  });
});
