/** What people type, and what must not be repeated: addresses, durations, options, redaction. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freshDir } from '../testing/target-service.ts';
import { looksLikeAddress, parseAddress } from './address.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { addressesIn, LineTap } from './output.ts';
import { render } from './progress.ts';
import { redactArgv, redactUrl } from './redact.ts';
import { resolveTarget } from './resolve.ts';

const dir = freshDir();
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('durations', () => {
  it.each([
    ['20s', 20_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5s', 1500],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text, '--window')).toBe(ms));
  it.each(['', '5', 'm', '5 m', '-5m', '5d', '1e3s', '5mm', 's5', 'NaNs', '9'.repeat(100)])('"%s" is none', (text) => {
    expect(() => parseDuration(text, '--window')).toThrow(
      /^--window: .* is not a duration; write it like 20s, 5m or 1h30m$/,
    );
  });
  it.each([
    [0, '0ms'],
    [850, '850ms'],
    [20_000, '20s'],
    [5_400_000, '1h30m'],
    [3_601_000, '1h1s'],
  ])('%d ms is written %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('addresses', () => {
  it.each([
    ['http://h:6060', { origin: 'http://h:6060', path: '/', query: '' }],
    ['https://h/admin?k=v', { origin: 'https://h', path: '/admin', query: 'k=v' }],
    ['h:6060', { origin: 'http://h:6060', path: '/', query: '' }],
    [':6060', { origin: 'http://127.0.0.1:6060', path: '/', query: '' }],
    ['0.0.0.0:6060/x', { origin: 'http://127.0.0.1:6060', path: '/x', query: '' }],
    ['[::1]:6060', { origin: 'http://[::1]:6060', path: '/', query: '' }],
    ['http://[::]:6060', { origin: 'http://[::1]:6060', path: '/', query: '' }],
    ['http://a:b%40c@h:1', { origin: 'http://h:1', path: '/', query: '', user: { name: 'a', password: 'b@c' } }],
    ['unix:/run/x.sock', { origin: 'http://localhost', socketPath: '/run/x.sock', path: '/', query: '' }],
    ['unix:///run/x.sock:/admin', { origin: 'http://localhost', socketPath: '/run/x.sock', path: '/admin', query: '' }],
    ['http+unix://%2Frun%2Fx.sock/a', { origin: 'http://localhost', socketPath: '/run/x.sock', path: '/a', query: '' }],
  ])('%s', (word, address) => {
    expect(looksLikeAddress(word)).toBe(true);
    expect(parseAddress(word)).toEqual(address);
  });
  it.each(['heap.pb.gz', '1234', 'lab:x', './a:b', 'h', '/a/b:80x'])('%s is none', (word) =>
    expect(looksLikeAddress(word)).toBe(false),
  );
  it('does not repeat a password in its error', () => {
    expect(() => parseAddress('http://a:secret@h:99999')).toThrow(/is not a URL/);
    expect(() => parseAddress('http://a:secret@h:99999')).not.toThrow(/secret/);
  });
});

describe('targets', () => {
  const error = async (...words: string[]) => {
    const thrown: unknown = await resolveTarget(words).catch((problem: unknown) => problem);
    if (!(thrown instanceof Error)) throw new Error(`no error for ${words.join(' ')}`);
    return `${thrown.name}: ${thrown.message}`;
  };
  it('are told apart', async () => {
    writeFileSync(join(dir, 'a.pb.gz'), '');
    mkdirSync(join(dir, 'bundle'));
    writeFileSync(join(dir, 'bundle', 'manifest.json'), '{}');
    expect(await resolveTarget(['h:1'])).toMatchObject({ kind: 'url' });
    expect(await resolveTarget([String(process.pid)])).toEqual({ kind: 'pid', pid: process.pid });
    expect(await resolveTarget(['--', 'x', '-y', '--', 'z'])).toMatchObject({
      kind: 'child',
      argv: ['x', '-y', '--', 'z'],
    });
    expect(await resolveTarget([join(dir, 'a.pb.gz')])).toMatchObject({ kind: 'files' });
    expect(await resolveTarget([join(dir, 'bundle')])).toEqual({ kind: 'bundle', dir: join(dir, 'bundle') });
  });
  it('that mean nothing are wrong usage, that are not there are evidence errors', async () => {
    expect(await error()).toMatch(/^UsageError: no target given/);
    expect(await error('--')).toMatch(/^UsageError: there is no command after --/);
    expect(await error('h:1', '--', 'x')).toMatch(/^UsageError: give either a target \(h:1\) or a command/);
    expect(await error('orders')).toMatch(/^UsageError: "orders" is no target; give a URL/);
    expect(await error('http://a:1', 'http://b:2')).toMatch(/^UsageError: only one target at a time/);
    expect(await error(join(dir, 'none.pb.gz'))).toMatch(/^TargetError: .*none\.pb\.gz does not exist/);
    expect(await error('4194305')).toMatch(/^TargetError: there is no process 4194305/);
    expect(await error('99999999999')).toMatch(/^UsageError: .* cannot be a process number/);
    expect(await error(dir)).toMatch(
      /^TargetError: .* has no manifest\.json, so it is not a bundle; to use the profiles in it/,
    );
    expect(await error('lab:no-such-lab')).toMatch(/^UsageError: there is no lab scenario/);
  });
});

describe('redaction', () => {
  it('hides what sounds like a secret and keeps the rest', () => {
    const argv = [
      '/bin/x',
      '-addr',
      ':80',
      '--password=p1',
      '--api-key',
      'p2',
      '-token',
      'p3',
      'DB_PASSWORD=p4',
      'postgres://u:p5@h/db',
      '-author=me',
    ];
    const text = redactArgv(argv).join(' ');
    expect(text).not.toMatch(/p[1-5]/);
    expect(text).toContain('/bin/x -addr :80');
    expect(redactUrl('see http://a:b@h/x')).toBe('see http://h/x');
  });
});

describe('output of a program', () => {
  it.each([
    ['listening on http://127.0.0.1:8080', ['http://127.0.0.1:8080']],
    ['pprof: https://localhost:6060/debug/pprof', ['https://localhost:6060']],
    ['addr=":6060"', ['http://127.0.0.1:6060']],
    ['server started at [::]:9090 (pid 12)', ['http://127.0.0.1:9090']],
    ['"listen":"0.0.0.0:7000"', ['http://127.0.0.1:7000']],
    ['2026/01/02 15:04:05 hello', []],
    ['12:30:45.123 INFO main.go:42 ready', []],
    ['connected to db.example.com:5432 and 10.1.2.3:6379', []],
  ])('%s', (line, expected) => expect(addressesIn(line)).toEqual(expected));

  it('is split into lines wherever the pieces end', () => {
    const lines: [string, boolean][] = [];
    const tap = new LineTap((line, trace) => lines.push([line, trace]));
    for (const piece of ['a', 'b\nc', '\n', 'gc 1 @0.0', '1s 2%: x\nlast']) tap.write(Buffer.from(piece));
    expect(tap.lastWords()).toBe('last');
    expect(lines).toEqual([
      ['ab', false],
      ['c', false],
      ['gc 1 @0.01s 2%: x', true],
      ['last', false],
    ]);
    // A line without an end is handed on before it fills the memory.
    for (let i = 0; i < 100; i++) tap.write(Buffer.alloc(10_000, 'x'));
    expect(lines.length).toBeGreaterThan(10);
  });
});

describe('progress', () => {
  const state = {
    phase: 'wait',
    snapshot: 2,
    of: 6,
    elapsed: 60_000,
    remaining: 240_000,
    rss: 300 << 20,
    goroutines: 1234,
    liveHeap: 5.5 * 2 ** 20,
  } as const;
  it('fits its line', () => {
    expect(render(state, 100)).toEqual({
      bar: '████░░░░░░░░░░░░░░░░',
      rest: '2/6 · 4m left · RSS 300 MiB · heap 5.5 MiB · 1234 goroutines',
    });
    expect(render(state, 60).rest).toBe('2/6 · 4m left · RSS 300 MiB');
  });
});
