/**
 * What bench/golang-parse.ts measures, as a process: `node bench/golang-parse-work.ts GOROOT/src ROUNDS`. Parses every
 * file, package by package on one thread, and prints what was read and the milliseconds of each round as JSON. The first
 * round is cold: nothing is compiled. Reading the files is not measured.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { goFilesBelow } from '../scripts/compare-go-parse.ts';
import { createNames } from '../src/golang/names.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';

export interface Parsed {
  readonly files: number;
  readonly bytes: number;
  readonly nodes: number;
  /** ms of each round. */
  readonly rounds: readonly number[];
}

const [root = '', rounds = '1'] = process.argv.slice(2);
const sources = goFilesBelow(root).map((path) => ({ path, source: readFileSync(path) }));
const packages = [...Map.groupBy(sources, ({ path }) => dirname(path)).values()];
const times: number[] = [];
let nodes = 0;
for (let round = 0; round < Number(rounds); round++) {
  const start = performance.now();
  const names = createNames();
  nodes = 0;
  for (const files of packages) {
    const builder = createTreeBuilder(names);
    for (const { path, source } of files) builder.add(path, source);
    nodes += builder.finish().count - 1;
  }
  times.push(performance.now() - start);
}
const bytes = sources.reduce((sum, { source }) => sum + source.length, 0);
const parsed: Parsed = { files: sources.length, bytes, nodes, rounds: times };
process.stdout.write(`${JSON.stringify(parsed)}\n`);
