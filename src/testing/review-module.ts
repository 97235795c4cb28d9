/** A Go module in a temporary directory, and a cache of its own, for tests of whole reviews. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestModule {
  readonly dir: string;
  readonly cache: string;
  path(name: string): string;
  /** Writes files by path from the module's root; their times are an hour ago, so that a cache may trust them. */
  write(files: Readonly<Record<string, string | Uint8Array>>): void;
  remove(): void;
}

export function makeModule(files: Readonly<Record<string, string | Uint8Array>>): TestModule {
  const root = mkdtempSync(join(tmpdir(), 'hemostat-review-'));
  const dir = join(root, 'module');
  const module: TestModule = {
    dir,
    cache: join(root, 'cache'),
    path: (name) => join(dir, name),
    write(more) {
      for (const [name, content] of Object.entries(more)) {
        const path = join(dir, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
        const hourAgo = Date.now() / 1000 - 3600;
        utimesSync(path, hourAgo, hourAgo);
      }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  module.write({ 'go.mod': 'module example.com/shop\n\ngo 1.26\n', ...files });
  return module;
}
