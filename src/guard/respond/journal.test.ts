import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { withLock } from './lock.ts';
import { respondStoreLaws } from './respond-store.testing.ts';
import { event, found } from './testing.ts';

const dirs: string[] = [];
function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-respond-'));
  dirs.push(dir);
  return dir;
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

respondStoreLaws('the journal', async () => {
  const dir = join(directory(), 'made', 'on the way');
  return { store: new Journal(dir), reopen: async () => new Journal(dir), close: async () => undefined };
});

it('is for its owner only, with a line for each event', async () => {
  const dir = directory();
  const journal = new Journal(dir);
  await journal.append([found(1), found(2)]);
  expect(statSync(journal.path).mode & 0o777).toBe(0o600);
  expect(readFileSync(journal.path, 'utf8').split('\n')).toHaveLength(4);
});

it('leaves out a line that was cut at any byte, says so, and takes it off before it writes the next', async () => {
  const [a, b, c] = [found(1), event(2, { kind: 'closed', says: 'ü' }), found(3)];
  const whole = new Journal(directory());
  await whole.append([a, b]);
  const bytes = readFileSync(whole.path);
  const firstTwo = bytes.indexOf(0x0a, bytes.indexOf(0x0a) + 1) + 1;
  for (let cut = firstTwo + 1; cut < bytes.length; cut += 7) {
    const says: string[] = [];
    const journal = new Journal(directory(), (sentence) => says.push(sentence));
    writeFileSync(journal.path, bytes.subarray(0, cut));
    expect(await journal.events()).toEqual([a]);
    expect(says.join()).toContain(`cut after ${cut - firstTwo} bytes and is left out`);
    await journal.append([c]);
    expect(says[1]).toContain('dropped');
    expect(await new Journal(join(journal.path, '..')).events()).toEqual([a, c]);
  }
});

it('sees what another process appended, and a file that was put in its place', async () => {
  const dir = directory();
  const [one, other] = [new Journal(dir), new Journal(dir)];
  await one.append([found(1)]);
  await other.append([found(2)]);
  await one.append([found(3)]);
  expect((await one.events()).map(({ at }) => at)).toEqual([1, 2, 3]);
  rmSync(one.path);
  await other.append([found(4)]);
  expect((await one.events()).map(({ at }) => at)).toEqual([4]);
});

it('refuses a line in the middle that is no event, with its place, and appends nothing after it', async () => {
  const dir = directory();
  const journal = new Journal(dir);
  await journal.append([found(1)]);
  appendFileSync(journal.path, '{"kind":"closed"}\n');
  await expect(new Journal(dir).events()).rejects.toThrow(/events\.jsonl:3: the line is no event/);
  const size = statSync(journal.path).size;
  await expect(new Journal(dir).append([found(2)])).rejects.toThrow(/events\.jsonl:3:/);
  expect(statSync(journal.path).size).toBe(size);
  writeFileSync(journal.path, '{"schema":"hemostat/other@1"}\n');
  await expect(new Journal(dir).events()).rejects.toThrow(/:1: the line is not the header/);
});

it('writes nothing that it could not read back', async () => {
  const journal = new Journal(directory());
  await expect(journal.append([{ ...found(1), at: Number.NaN }])).rejects.toThrow(/no event/);
  expect(await journal.events()).toEqual([]);
});

it('waits for a writer that lives, and takes the lock of one that is gone', async () => {
  const dir = directory();
  const lock = join(dir, 'events.lock');
  const held = await withLock(lock, { waitMs: 0, staleMs: 60_000 }, () =>
    withLock(lock, { waitMs: 50, staleMs: 60_000 }, async () => 'both'),
  );
  expect(held).toEqual({ value: null });
  // A process that has ended left its lock.
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const { hostname } = await import('node:os');
  writeFileSync(lock, `${child.pid} ${hostname()} 00\n`);
  await new Journal(dir).append([found(1)]);
  expect(await new Journal(dir).events()).toHaveLength(1);
});

it('lets one in at a time where many find a stale lock', async () => {
  const lock = join(directory(), 'events.lock');
  writeFileSync(lock, '999999999 elsewhere 00\n');
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(lock, hourAgo, hourAgo);
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock(lock, { waitMs: 20_000, staleMs: 600_000 }, async () => {
        most = Math.max(most, ++inside);
        await new Promise((done) => setTimeout(done, 2));
        inside--;
      }),
    ),
  );
  expect(most).toBe(1);
});
