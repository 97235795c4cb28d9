/**
 * Holds expression types and members against go/types: `node scripts/compare-go-types.ts [--show N] [--tests] [-C DIR] [PATTERN…]`.
 *
 * Without patterns: the standard library. Needs a Go toolchain. Prints how many expressions go/types types, how many of
 * them we claim to know, and how many of those agree; the same for selectors' right sides and keys of struct literals.
 * Members of pairs (`v, ok := m[k]`): we give the element's type, go/types a tuple; the oracle prints its first member.
 * Expressions whose type go/types calls invalid are left out, as are builtins' names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bind } from '../src/golang/bind.ts';
import type { Module, SourcePackage } from '../src/golang/module.ts';
import { createNames } from '../src/golang/names.ts';
import { Kind } from '../src/golang/nodes.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';
import { type NodeIndex, positionAt, type Tree, textOf } from '../src/golang/tree.ts';
import { createWorld, type World } from '../src/golang/types/world.ts';
import type { Typing } from '../src/golang/typing.ts';
import { recordReader } from './go-oracle-records.ts';

/** What go/types says of one package; see scripts/go-oracle/types. */
interface Typed {
  readonly path: string;
  readonly name: string;
  readonly dir: string;
  readonly module: string;
  readonly root: string;
  readonly files: readonly string[];
  readonly texts: readonly string[];
  /** Four a row: file, start, end, text. */
  readonly expressions: Int32Array;
  /** Five a row: file, offset, key, file and offset of the declaration. */
  readonly members: Int32Array;
}

export interface TypeAgreement {
  expressions: number;
  /** Those that we know entirely, and those of them that agree. */
  claimed: number;
  same: number;
  /** Expressions of the oracle at whose place we have none. */
  missing: number;
  /** Selectors' right sides and keys that name fields or methods. */
  members: number;
  membersSame: number;
  /** Milliseconds in parsing and binding, and in typing all nodes. */
  parseTime: number;
  typeTime: number;
  readonly differences: string[];
}

interface Options {
  /** Where `go list` runs. */
  readonly dir: string;
  readonly tests: boolean;
}

export async function compareTypes(patterns: readonly string[], options: Options): Promise<TypeAgreement> {
  const agreement: TypeAgreement = {
    expressions: 0,
    claimed: 0,
    same: 0,
    missing: 0,
    members: 0,
    membersSame: 0,
    parseTime: 0,
    typeTime: 0,
    differences: [],
  };
  const names = createNames();
  const load = { cwd: options.dir, env: { ...process.env, CGO_ENABLED: '0' } };
  const read = (path: string): Uint8Array | null => (existsSync(path) ? readFileSync(path) : null);
  const world = createWorld({ names, load, read });
  for await (const typed of oracle(patterns, options)) comparePackage(world, typed, agreement);
  return agreement;
}

function comparePackage(world: World, typed: Typed, agreement: TypeAgreement): void {
  const before = performance.now();
  const builder = createTreeBuilder(world.names);
  for (const path of typed.files) builder.add(path, readFileSync(path));
  const tree = builder.finish();
  const pkg = packageOf(typed);
  const bindings = bind(tree, { importName: (path) => world.importName(path, pkg) });
  const typing = world.typing(tree, bindings, pkg);
  const between = performance.now();
  for (let node = 1; node < tree.count; node++) if (isExpression(tree.kind[node] ?? 0)) typing.typeOf(node);
  agreement.parseTime += between - before;
  agreement.typeTime += performance.now() - between;
  compareExpressions(typing, tree, typed, agreement);
  compareMembers(typing, tree, typed, agreement);
}

function packageOf({ path, name, dir, module, root, files }: Typed): SourcePackage {
  const standard = join(goRoot(), 'src');
  const commands = root === '' && path.startsWith('cmd/');
  const found: Module = {
    path: commands ? 'cmd' : module,
    dir: root !== '' ? root : commands ? join(standard, 'cmd') : standard,
    go: [1, 26],
  };
  const imports = name.endsWith('_test') ? [path.slice(0, -'_test'.length)] : [];
  return {
    importPath: path,
    name,
    dir,
    module: found,
    files: files.map((file) => ({ path: file, size: 0, test: file.endsWith('_test.go'), cgo: false })),
    imports,
  };
}

function isExpression(kind: number): boolean {
  return kind >= Kind.Ident && kind <= Kind.ChanType && kind !== Kind.Ellipsis && kind !== Kind.KeyValueExpr;
}

/** Bytes of a file are fewer than this. */
const FILE = 2 ** 26;

function compareExpressions(typing: Typing, tree: Tree, { texts, expressions }: Typed, agreement: TypeAgreement): void {
  const nodes = new Map<number, NodeIndex>();
  for (let node = 1; node < tree.count; node++) {
    if (isExpression(tree.kind[node] ?? 0)) nodes.set((tree.start[node] ?? 0) * FILE + (tree.end[node] ?? 0), node);
  }
  for (let row = 0; row < expressions.length; row += 4) {
    const [file = 0, start = 0, end = 0, text = 0] = expressions.subarray(row, row + 4);
    const theirs = texts[text] ?? '';
    if (theirs.includes('invalid')) continue;
    const base = tree.files[file]?.base ?? 0;
    const node = nodes.get((base + start) * FILE + base + end);
    agreement.expressions++;
    if (node === undefined) {
      agreement.missing++;
      continue;
    }
    const type = typing.typeOf(node);
    const ours = type === 0 ? '?' : typing.types.text(type);
    if (ours.includes('?')) {
      if (agreement.differences.length < MOST)
        agreement.differences.push(describe(tree, node, 'unknown', theirs, ours));
      continue;
    }
    agreement.claimed++;
    if (ours === theirs) agreement.same++;
    else if (agreement.differences.length < MOST) {
      agreement.differences.push(describe(tree, node, 'wrong', theirs, ours));
    }
  }
}

/** Examples that are kept. */
const MOST = 2_000_000;

function compareMembers(typing: Typing, tree: Tree, { texts, members }: Typed, agreement: TypeAgreement): void {
  const idents = new Map<number, NodeIndex>();
  for (let node = 1; node < tree.count; node++) {
    if (tree.kind[node] === Kind.Ident) idents.set(tree.start[node] ?? 0, node);
  }
  for (let row = 0; row < members.length; row += 5) {
    const [file = 0, offset = 0, key = 0, toFile = 0, toOffset = 0] = members.subarray(row, row + 5);
    const ident = idents.get((tree.files[file]?.base ?? 0) + offset) ?? 0;
    const target = toFile < 0 ? -1 : (tree.files[toFile]?.base ?? 0) + toOffset;
    const theirs = texts[key] ?? '';
    agreement.members++;
    const ours = memberOf(typing, tree, ident, target);
    if (ours === theirs || (theirs.startsWith('method ?.') && ours.endsWith(theirs.slice(8)))) agreement.membersSame++;
    else if (agreement.differences.length < MOST) {
      agreement.differences.push(describe(tree, ident, 'member', `${theirs} at ${target}`, ours));
    }
  }
}

/** A member in the oracle's words, if it is declared where the oracle says. */
function memberOf(typing: Typing, tree: Tree, ident: NodeIndex, target: number): string {
  const parent = tree.parent[ident] ?? 0;
  const name = textOf(tree, ident);
  let decl = 0;
  let text = '';
  if (tree.kind[parent] === Kind.SelectorExpr && tree.b[parent] === ident) {
    const selection = typing.selection(parent);
    if (selection === null) return 'nothing';
    decl = selection.decl;
    const receiver = selection.path === '' ? selection.receiver : `${selection.path}.${selection.receiver}`;
    text = selection.kind === 'field' ? `field ${name}` : `method ${receiver}.${name}`;
  } else {
    decl = typing.fieldOf(ident);
    if (decl === 0 && (tree.kind[parent] !== Kind.KeyValueExpr || typing.typeOf(ident) === 0)) return 'nothing';
    text = `field ${name}`;
  }
  if (target >= 0) {
    if (decl === 0) return `${text}, declared elsewhere`;
    if ((tree.start[decl] ?? 0) > target || (tree.end[decl] ?? 0) <= target) return `${text}, declared at ${decl}`;
  }
  return text;
}

function describe(tree: Tree, node: NodeIndex, what: string, theirs: string, ours: string): string {
  const { path, line, column } = positionAt(tree, tree.start[node] ?? 0);
  const source = textOf(tree, node).replace(/\s+/g, ' ').slice(0, 60);
  return `${what} ${path}:${line}:${column}: ${source}: go/types ${theirs.slice(0, 160)}, ours ${ours.slice(0, 160)}`;
}

/** Runs the oracle and hands out its records as they come. */
async function* oracle(patterns: readonly string[], { dir, tests }: Options): AsyncGenerator<Typed> {
  const program = join(import.meta.dirname, 'go-oracle/types/main.go');
  const args = ['run', program, '-C', dir, ...(tests ? ['-tests'] : []), ...patterns];
  const child = spawn('go', args, { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const { read, more } = recordReader(child.stdout);
  const column = async (width: number): Promise<Int32Array> => {
    const bytes = await read((await read(4)).readUInt32LE(0) * width * 4);
    const rows = new Int32Array(bytes.length / 4);
    for (let index = 0; index < rows.length; index++) rows[index] = bytes.readInt32LE(index * 4);
    return rows;
  };
  while (await more()) {
    const text = (await read((await read(4)).readUInt32LE(0))).toString();
    const header: Omit<Typed, 'expressions' | 'members'> = JSON.parse(text);
    yield {
      ...header,
      files: header.files ?? [],
      texts: header.texts ?? [],
      expressions: await column(4),
      members: await column(5),
    };
  }
  if ((await exit) !== 0) throw new Error(`go run ${program} failed; it says why above`);
}

let root: string | null = null;

/** GOROOT of the `go` in the path; '' if there is none. */
export function goRoot(): string {
  if (root === null) {
    const { status, stdout } = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' });
    root = status === 0 ? stdout.trim() : '';
  }
  return root;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      show: { type: 'string', default: '20' },
      tests: { type: 'boolean', default: false },
      C: { type: 'string', short: 'C' },
    },
    allowPositionals: true,
  });
  const dir = values.C ?? join(goRoot(), 'src');
  const patterns = positionals.length > 0 ? positionals : ['std'];
  const found = await compareTypes(patterns, { dir, tests: values.tests });
  const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(3)} %`;
  for (const line of found.differences.slice(0, Number(values.show))) process.stdout.write(`${line}\n`);
  process.stdout.write(`expressions: ${found.expressions}, claimed: ${percent(found.claimed, found.expressions)}, `);
  process.stdout.write(`of these the same: ${percent(found.same, found.claimed)}; not in our tree: ${found.missing}\n`);
  process.stdout.write(`members: ${found.members}, the same: ${percent(found.membersSame, found.members)}\n`);
  const seconds = (time: number): string => `${(time / 1000).toFixed(1)} s`;
  process.stdout.write(`parse and bind ${seconds(found.parseTime)}, type everything ${seconds(found.typeTime)}, `);
  process.stdout.write(`${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB resident\n`);
  if (found.same < 0.99 * found.claimed) process.exitCode = 1;
}

if (import.meta.main) await main();
