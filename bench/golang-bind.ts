/**
 * How fast source is bound: `node bench/golang-bind.ts [DIR]`; DIR is GOROOT/src unless given. Each directory is one package,
 * with the files of all systems in it, so that all source counts. One thread; reading and parsing are not in the time.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bind } from '../src/golang/bind.ts';
import { createNames } from '../src/golang/names.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';

const root = process.argv[2] ?? join(spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).stdout.trim(), 'src');
const packages = new Map<string, string[]>();
for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.go')) continue;
  const files = packages.get(entry.parentPath) ?? [];
  files.push(join(entry.parentPath, entry.name));
  packages.set(entry.parentPath, files);
}
const names = createNames();
let parsing = 0;
let binding = 0;
let bytes = 0;
let nodes = 0;
let objects = 0;
for (const files of packages.values()) {
  const sources = files.map((path) => ({ path, source: readFileSync(path) }));
  const begin = performance.now();
  const builder = createTreeBuilder(names);
  for (const { path, source } of sources) builder.add(path, source);
  const tree = builder.finish();
  const parsed = performance.now();
  const bindings = bind(tree);
  binding += performance.now() - parsed;
  parsing += parsed - begin;
  bytes += tree.source.length;
  nodes += tree.count;
  objects += bindings.count;
}
const megabytes = bytes / 1e6;
process.stdout.write(
  `${packages.size} packages, ${megabytes.toFixed(1)} MB, ${nodes} nodes, ${objects} objects\n` +
    `parse ${(parsing / 1000).toFixed(2)} s (${(megabytes / (parsing / 1000)).toFixed(1)} MB/s)\n` +
    `bind  ${(binding / 1000).toFixed(2)} s (${(megabytes / (binding / 1000)).toFixed(1)} MB/s)\n`,
);
