/** What goes wrong around a history: crashes, full disks, damaged files, other programs. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRICS } from '../../model.ts';
import {
  NOON,
  sampleCapture,
  sampleEvent,
  sampleFinding,
  samplePoint,
  sampleSyscalls,
  sampleTarget,
} from '../sample.testing.ts';
import { backupClosed, verifyStore } from './backup-closed.ts';
import { crashRounds } from './crash-rounds.testing.ts';
import { Database } from './database.ts';
import { AFTER } from './full.testing.ts';
import { MIGRATIONS, migrate, PEAKS, TIERS } from './schema.ts';
import { openDuckDbStore } from './store.ts';

const EVER = { from: 0, to: 4e12 };

describe('a history in trouble', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'hemostat-faults-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('loses nothing that was acknowledged, and keeps nothing half, over kill -9', async () => {
    const rounds = await crashRounds(join(root, 'crash'), 3, 20, Math.random);
    expect(rounds).toMatchObject({ lost: [], half: [] });
    expect(rounds.acknowledged).toBeGreaterThan(0);
  });

  test('says that the disk is full, and goes on when there is room again', async () => {
    // A limit of the size of files stands for the disk: it can be raised from outside without being root.
    const child = spawn(
      'bash',
      [
        '-c',
        `trap '' XFSZ; ulimit -S -f 2000; exec "$0" "$1" "$2"`,
        process.execPath,
        join(import.meta.dirname, 'full.testing.ts'),
        join(root, 'full'),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let printed = '';
    const roomMade = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.includes('full\n')) resolve();
      });
    });
    const closed = once(child, 'close');
    await Promise.race([roomMade, closed]);
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:']);
    child.stdin.end('room\n');
    await closed;
    const { failures, acknowledged, after, stored } = JSON.parse(printed.slice(printed.indexOf('{')));
    expect(failures).toEqual([
      expect.stringMatching(/^full: could not write history in .*: the disk is full; make room/),
    ]);
    expect(after).toBe(AFTER);
    expect(stored).toBe(acknowledged);
  });

  test('names the process that has the directory', async () => {
    const dir = join(root, 'shared');
    const child = spawn(process.execPath, [join(import.meta.dirname, 'crash.testing.ts'), dir, '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const closed = once(child, 'close');
    child.stdout.resume();
    try {
      await expect(openDuckDbStore({ dir })).rejects.toMatchObject({
        reason: 'locked',
        message: expect.stringMatching(new RegExp(`in use by process ${child.pid}: stop it`)),
      });
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
    // The lock died with it.
    await (await openDuckDbStore({ dir })).close();
  });

  test('makes a directory below others, and says where the system makes none', async () => {
    const deep = join(root, 'a', 'b', 'c');
    await (await openDuckDbStore({ dir: deep })).close();
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
    await expect(openDuckDbStore({ dir: '/proc/hemostat/history' })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining('/proc/hemostat/history'),
    });
  });

  test('migrates what an older program wrote, refuses what a newer one did', async () => {
    const dir = join(root, 'versions');
    const store = await openDuckDbStore({ dir });
    const target = sampleTarget(1);
    await store.commit({ targets: [target], metrics: [samplePoint(target.id, NOON)], findings: [sampleFinding('f1')] });
    await store.close();
    const path = join(dir, 'history.duckdb');
    const database = await Database.open(path);
    const newer = [...MIGRATIONS, ["ALTER TABLE findings ADD COLUMN owner VARCHAR DEFAULT 'nobody'"]];
    // A migration that fails leaves no trace.
    await expect(
      migrate(database.writer, path, NOON, [...MIGRATIONS, ['CREATE TABLE extra (a INTEGER)', 'no SQL']]),
    ).rejects.toThrow();
    await migrate(database.writer, path, NOON, newer);
    await migrate(database.writer, path, NOON, newer);
    expect(await database.read('SELECT id, owner FROM findings')).toEqual([['f1', 'nobody']]);
    expect(await database.read('SELECT version FROM schema_versions ORDER BY 1')).toHaveLength(newer.length);
    expect(await database.read('SELECT count(*)::INTEGER FROM metrics_full')).toEqual([[1]]);
    database.close();
    await expect(openDuckDbStore({ dir })).rejects.toMatchObject({
      reason: 'newer',
      message: expect.stringContaining(`newer hemostat (schema ${newer.length}, this one knows ${MIGRATIONS.length})`),
    });
  });

  test('brings every version that was released to this one, with what is in it', async () => {
    for (let version = 1; version < MIGRATIONS.length; version++) {
      const dir = join(root, `version-${version}`);
      mkdirSync(dir);
      const old = await Database.open(join(dir, 'history.duckdb'));
      await migrate(old.writer, dir, NOON, MIGRATIONS.slice(0, version));
      await old.writer.run(
        `INSERT INTO findings VALUES ('f1', 'prod', 'shop', 'open', NULL, NULL, '${JSON.stringify(sampleFinding('f1'))}')`,
      );
      old.close();
      const store = await openDuckDbStore({ dir });
      const window = sampleSyscalls('t1', NOON, { read: 3 });
      await store.commit({ syscalls: [window] });
      expect(await store.findings()).toEqual([sampleFinding('f1')]);
      expect(await store.syscallWindows('t1', EVER, 10)).toEqual([window]);
      expect((await store.stats()).schemaVersion).toBe(MIGRATIONS.length);
      await store.close();
    }
  });

  test('has a column for every metric and peak, and those of points in the order in which they are written', async () => {
    const dir = join(root, 'columns');
    await (await openDuckDbStore({ dir })).close();
    const database = await Database.open(join(dir, 'history.duckdb'));
    const columns = async (table: string): Promise<unknown[]> => {
      const rows = await database.read(
        `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`,
      );
      return rows.map(([name]) => name);
    };
    expect(await columns('metrics_full')).toEqual(['target', 't', ...METRICS]);
    const peaks = PEAKS.map((metric) => `max_${metric}`);
    for (const { table, step } of TIERS)
      if (step > 0)
        expect((await columns(table)).toSorted()).toEqual(['target', 't', 'n', ...METRICS, ...peaks].sort());
    database.close();
  });

  test('is closed to other users, and to other files from SQL', async () => {
    const dir = join(root, 'modes');
    await (await openDuckDbStore({ dir })).close();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'history.duckdb')).mode & 0o777).toBe(0o600);
    const database = await Database.open(join(dir, 'history.duckdb'));
    await expect(database.read("SELECT * FROM read_csv('/etc/passwd')")).rejects.toThrow(/disabled by configuration/);
    await expect(database.read('SET enable_external_access = true')).rejects.toThrow(/read history/);
    await expect(database.read('INSTALL httpfs')).rejects.toThrow(/read history/);
    database.close();
  });

  test('names damaged and missing profiles, and lives', async () => {
    const dir = join(root, 'damaged');
    const store = await openDuckDbStore({ dir });
    const [good, short, other, gone] = await Promise.all(
      ['good', 'short', 'other', 'gone'].map((name) => store.putBlob(Buffer.from(name.repeat(100)))),
    );
    const target = sampleTarget(1).id;
    await store.commit({
      captures: [good, short, other, gone].map((hash, i) => sampleCapture(target, NOON + i, hash ?? null)),
    });
    const path = (hash = ''): string => join(dir, 'blobs', hash.slice(0, 2), `${hash.slice(2)}.zst`);
    truncateSync(path(short), 9);
    writeFileSync(path(other), randomBytes(50));
    rmSync(path(gone));
    await expect(store.getBlob(short ?? '')).rejects.toMatchObject({ reason: 'damaged' });
    await expect(store.getBlob(other ?? '')).rejects.toThrow(/does not have the bytes that were written/);
    await expect(store.getBlob(gone ?? '')).rejects.toMatchObject({ reason: 'missing' });
    expect(await store.getBlob(good ?? '')).toHaveLength(400);
    expect(await store.captures([], EVER, 10)).toHaveLength(4);
    await store.close();
    const verified = await verifyStore(dir);
    expect(verified).toMatchObject({ captures: 4, blobs: 1 });
    expect(verified.problems).toHaveLength(3);
    const to = join(root, 'copy');
    await backupClosed(dir, to);
    expect((await verifyStore(to)).problems).toHaveLength(3);
    await expect(backupClosed(join(root, 'nowhere'), to)).rejects.toMatchObject({ reason: 'missing' });
    await expect(backupClosed(dir, to)).rejects.toMatchObject({ reason: 'usage' });
  });

  test('removes profiles of captures that a crash interrupted, and finishes those that it did not', async () => {
    const dir = join(root, 'staged');
    const says: string[] = [];
    const store = await openDuckDbStore({ dir });
    const hash = await store.putBlob(Buffer.from('never committed'));
    await store.close();
    const staged = join(dir, 'blobs', 'new');
    writeFileSync(join(staged, `${hash}.7.tmp`), 'half');
    expect(readdirSync(staged)).toHaveLength(2);
    const again = await openDuckDbStore({ dir, log: (line) => says.push(line) });
    expect(existsSync(staged) ? readdirSync(staged) : []).toEqual([]);
    expect(says[0]).toMatch(/removed 1 profiles/);
    await expect(again.getBlob(hash)).rejects.toMatchObject({ reason: 'missing' });
    await again.close();
  });

  test('says which directory it cannot use', async () => {
    const file = join(root, 'file');
    writeFileSync(file, 'x');
    await expect(openDuckDbStore({ dir: join(file, 'data') })).rejects.toThrow(
      /^could not open history in .*file\/data/,
    );
    const dir = join(root, 'garbage');
    await (await openDuckDbStore({ dir })).close();
    chmodSync(join(dir, 'history.duckdb'), 0o600);
    writeFileSync(join(dir, 'history.duckdb'), 'not a database at all'.repeat(1000));
    await expect(openDuckDbStore({ dir })).rejects.toMatchObject({ name: 'StoreError' });
    const store = await openDuckDbStore({ dir: join(root, 'fine') });
    await store.commit({ events: [sampleEvent('e1', 'f1', NOON)] });
    await store.close();
  });
});
