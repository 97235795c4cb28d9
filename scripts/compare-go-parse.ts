/** What scripts/compare-go.ts and the test beside it do: run the oracle over files and hold our trees against its lines. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commentGroups } from '../src/golang/comments.ts';
import { createNames } from '../src/golang/names.ts';
import { KIND_NAMES, Kind } from '../src/golang/nodes.ts';
import { parseFile } from '../src/golang/parse.ts';
import { positionAt, type Tree } from '../src/golang/tree.ts';

export interface Comparison {
  readonly bytes: number;
  /** Files that go/parser accepts, and those of them on which we agree in everything. */
  readonly accepted: number;
  readonly agreed: number;
  readonly refused: number;
  readonly refusedByUs: number;
  /** Refused by both, and the first problem is on the same line. */
  readonly sameLine: number;
  /** A line for each file on which we differ. */
  readonly differences: readonly string[];
}

/** GOROOT of a toolchain; '' is the installed one. */
export function goroot(toolchain: string): string {
  return execFileSync('go', ['env', 'GOROOT'], { env: environment(toolchain), encoding: 'utf8' }).trim();
}

/** All Go files below a directory, but GoKer's, which we do not look at. */
export function goFilesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.go') && !entry.parentPath.includes('goker'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Builds the oracle in a temporary directory, which is gone after `use`. */
export async function withOracle<T>(toolchain: string, use: (oracle: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'go-oracle-'));
  try {
    const oracle = join(directory, 'oracle');
    const cwd = join(import.meta.dirname, 'go-oracle');
    execFileSync('go', ['build', '-o', oracle, '.'], { cwd, env: environment(toolchain) });
    return await use(oracle);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function environment(toolchain: string): NodeJS.ProcessEnv {
  return toolchain === '' ? process.env : { ...process.env, GOTOOLCHAIN: toolchain };
}

export function compareParse(oracle: string, files: readonly string[]): Comparison {
  const lines = execFileSync(oracle, ['parse'], { input: files.join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 })
    .trimEnd()
    .split('\n');
  if (lines.length !== files.length) throw new Error(`the oracle answers for ${lines.length} of ${files.length} files`);
  const names = createNames();
  const differences: string[] = [];
  let [bytes, accepted, agreed, refused, refusedByUs, sameLine] = [0, 0, 0, 0, 0, 0];
  for (const line of lines) {
    const [path = '', errors = '', ...theirs] = line.split('\t');
    const source = readFileSync(path);
    bytes += source.length;
    const tree = parseFile(path, source, names);
    const first = tree.problems[0];
    if (errors === '0') {
      accepted++;
      const difference = differenceOf(tree, theirs);
      if (difference === '') agreed++;
      else differences.push(`${path}: ${difference}`);
      continue;
    }
    refused++;
    const [wanted = ''] = theirs;
    if (first === undefined) {
      differences.push(`${path}:${wanted} (go/parser); we have no problem with it`);
      continue;
    }
    refusedByUs++;
    if (String(positionAt(tree, first.offset).line) === wanted.split(':')[0]) sameLine++;
  }
  return { bytes, accepted, agreed, refused, refusedByUs, sameLine, differences };
}

/** '' where the tree agrees with the oracle's fields. */
function differenceOf(tree: Tree, theirs: readonly string[]): string {
  const first = tree.problems[0];
  if (first !== undefined) {
    const { line, column } = positionAt(tree, first.offset);
    return `${line}:${column}: ${first.message}, but go/parser accepts it`;
  }
  const [nodes, comments, counts] = summaryOf(tree);
  if (counts !== theirs[2]) return `counts differ: we have ${counts}, go/parser ${theirs[2]}`;
  if (nodes !== theirs[0]) return 'positions differ';
  if (comments !== theirs[1]) return 'comments differ';
  return '';
}

/** The last three fields of an oracle's line (see scripts/go-oracle/parse.go) for our tree of one file. */
function summaryOf(tree: Tree): [string, string, string] {
  const counts = new Map<string, number>();
  const nodes = new Hash();
  const byKind = new Int32Array(256);
  for (let node = 1; node < tree.count; node++) {
    const kind = tree.kind[node] ?? Kind.None;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    nodes.add(NAME_HASHES[kind] ?? 0, tree.start[node] ?? 0, tree.end[node] ?? 0);
  }
  KIND_NAMES.forEach((name, kind) => {
    const count = byKind[kind] ?? 0;
    if (count > 0) counts.set(name, count);
  });
  const comments = new Hash();
  const [file] = tree.files;
  const groups = file === undefined ? [] : commentGroups(tree, file);
  const end = tree.commentStart.length;
  groups.forEach((first, i) => {
    comments.add(1, tree.commentStart[first] ?? 0, (groups[i + 1] ?? end) - first);
  });
  for (let comment = 0; comment < end; comment++) comments.add(2, tree.commentStart[comment] ?? 0, 0);
  if (groups.length > 0) counts.set('CommentGroup', groups.length);
  if (end > 0) counts.set('Comment', end);
  const shown = [...counts].sort(([x], [y]) => (x < y ? -1 : 1)).map(([name, count]) => `${name}=${count}`);
  return [nodes.text(), comments.text(), shown.join(' ')];
}

/** As in parse.go. */
class Hash {
  private low = 0;
  private high = 0;

  add(a: number, b: number, c: number): void {
    const x = mix(mix(mix(a) ^ b) ^ c);
    this.low = (this.low + x) | 0;
    this.high = (this.high + mix(x ^ 0x9e3779b9)) | 0;
  }

  text(): string {
    return hex(this.high) + hex(this.low);
  }
}

function mix(value: number): number {
  let x = value;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

const NAME_HASHES = KIND_NAMES.map((name) => {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  return hash;
});
