import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kindOfTarget, listFds } from './fd-kinds.ts';

it.each([
  ['socket:[81234]', 'socket'],
  ['pipe:[5]', 'pipe'],
  ['anon_inode:[eventpoll]', 'anon_inode:[eventpoll]'],
  ['net:[4026531840]', 'net'],
  ['/memfd:secret name (deleted)', 'memfd'],
  ['/dev/null', '/dev/null'],
  ['/var/lib/shop/orders.db', '/var/lib/shop/*'],
  ['/var/lib/shop/2041/a.txt', '/var/lib/shop/*/*'],
  ['/home/ann@example.com/x', '/home/*/*'],
  ['/srv/9f86d081884c7d65/x', '/srv/*/*'],
  ['/tmp/picture-81234 (deleted)', '/tmp/* (deleted)'],
  ['/a/b/c/d/e/f/g/h.log', '/a/b/c/d/e/…/*'],
  ['/core', '/*'],
])('%s is a %s', (target, kind) => {
  expect(kindOfTarget(target)).toBe(kind);
});

it('counts the descriptors of a real process by kind', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kinds-'));
  const folders = ['one', 'two'].map((name) => join(dir, name));
  for (const folder of folders) mkdirSync(folder);
  const before = listFds(process.pid);
  const files = [0, 1, 2, 3, 4].map((i) => openSync(join(folders[i === 0 ? 0 : 1] ?? '', `secret-${i}`), 'w'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const after = listFds(process.pid);
    const more = (kind: RegExp): number =>
      [after, before]
        .map((fds) => fds?.kinds.filter(({ name }) => kind.test(name)).reduce((n, { count }) => n + count, 0) ?? 0)
        .reduce((now, then) => now - then);
    expect(more(/\/two\/\*$/)).toBe(4);
    expect(more(/\/one\/\*$/)).toBe(1);
    expect(more(/^socket$/)).toBeGreaterThanOrEqual(1);
    expect(JSON.stringify(after)).not.toContain('secret');
    expect((after?.count ?? 0) - (before?.count ?? 0)).toBeGreaterThanOrEqual(6);
  } finally {
    for (const file of files) closeSync(file);
    server.close();
    rmSync(dir, { recursive: true });
  }
});

it('says nothing of a process that is gone', () => {
  expect(listFds(2 ** 22 + 1)).toBeNull();
});
