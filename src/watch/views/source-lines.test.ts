import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sourceLines } from './source-lines.ts';

let dir: string;
let root: string;
const text = (name: string) =>
  [`package ${name}`, ...Array.from({ length: 30 }, (_, i) => `// ${name} ${i + 2}`)].join('\n');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hemostat-lines-'));
  root = join(dir, 'checkout');
  await mkdir(join(root, 'store', 'v2'), { recursive: true });
  await writeFile(join(root, 'main.go'), text('main'));
  await writeFile(join(root, 'store', 'store.go'), text('store'));
  await writeFile(join(root, 'store', 'v2', 'two.go'), text('store'));
  await writeFile(join(dir, 'secret.go'), text('main'));
  await symlink(join(dir, 'secret.go'), join(root, 'linked.go'));
  await symlink(dir, join(root, 'up'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const at = (name: string, file: string, line: number) => sourceLines(root, { function: name, file, line });

test('the longest end of the path that was built is looked for', async () => {
  const found = await at('example.com/shop/store.(*Store).Put', '/home/ci/build/shop/store/store.go', 10);
  expect(found).toMatchObject({ firstLine: 2, line: 10 });
  expect(found?.lines[8]).toBe('// store 10');
  expect(found?.lines).toHaveLength(17);
  expect((await at('main.run', 'example.com/shop/main.go', 1))?.lines[0]).toBe('package main');
  expect(await at('example.com/shop/store/v2.Put', '/x/store/v2/two.go', 31)).toMatchObject({ firstLine: 23 });
});

test('a file of the same name from another package is not shown', async () => {
  expect(await at('net/http.(*Server).Serve', '/usr/local/go/src/net/http/main.go', 5)).toBeNull();
  expect(await at('main.run', '/build/gone.go', 5)).toBeNull();
  expect(await at('main.run', '/build/main.go', 32)).toBeNull();
  expect(await at('main.run', '/build/main.go', 0)).toBeNull();
});

test('nothing outside of the directory is read, whatever the profile says and links do', async () => {
  for (const file of [
    '/x/linked.go',
    '/x/up/secret.go',
    'checkout/../../secret.go',
    '../secret.go',
    `${dir}/secret.go`,
    '/x/main.go\0.go',
    '',
  ]) {
    expect(await at('main.run', file, 5), file).toBeNull();
  }
  expect(await sourceLines(join(dir, 'nowhere'), { function: 'main.run', file: 'main.go', line: 3 })).toBeNull();
});
