/**
 * Holds bindings against go/types for packages of GOROOT/src: `node scripts/compare-go-idents.ts [--typed] [--show N] [DIR…]`.
 *
 * DIRs are relative to GOROOT/src; without any, all packages that build on this system. Needs a Go toolchain. Prints the
 * rate of agreement of lexical identifiers (all but selectors' right sides, fields and methods), the first N that differ,
 * and exits 1 if any does. Keys of literals of imported types are counted apart: they are what typing has to tell. With
 * --typed it is asked, and fields and methods of the package itself are compared, too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bind } from '../src/golang/bind.ts';
import { type Bindings, ObjectFlag, ObjectKind } from '../src/golang/bindings.ts';
import type { SourcePackage } from '../src/golang/module.ts';
import { createNames } from '../src/golang/names.ts';
import { Kind } from '../src/golang/nodes.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';
import { type NodeIndex, nameOf, positionAt, type Tree } from '../src/golang/tree.ts';
import { createWorld } from '../src/golang/types/world.ts';
import type { Typing } from '../src/golang/typing.ts';
import { UNIVERSE } from '../src/golang/universe.ts';
import { recordReader } from './go-oracle-records.ts';

/** What go/types says of one package; see scripts/go-oracle/idents. */
interface Resolved {
  readonly path: string;
  readonly name: string;
  readonly dir: string;
  readonly files: readonly string[];
  readonly errors: number;
  readonly imports: Readonly<Record<string, string>>;
  /** Five a row: file, offset, code, file and offset of what it denotes. */
  readonly rows: Int32Array;
}

/** Codes of the oracle. */
const Code = {
  Nothing: 0,
  Local: 1,
  Universe: 2,
  OtherPackage: 3,
  PackageName: 4,
  Member: 5,
  Implicit: 6,
  Unresolved: 7,
};

export interface Agreement {
  /** Identifiers that scopes resolve, and how many of them we resolve as go/types does. */
  lexical: number;
  same: number;
  /** Right sides of selectors, fields and methods; of these, keys that we took for what is in scope under their name. */
  members: number;
  mistakenKeys: number;
  /** With typing: uses of fields and methods that the package itself declares, and how many we find at the same place. */
  own: number;
  ownSame: number;
  /** Left out: go/types did not resolve them (test files that do not type-check with the package's other build). */
  unresolved: number;
  /** Errors of go/types, which it goes on after. */
  typeErrors: number;
  /** Identifiers of the oracle at whose place we have none. */
  missing: number;
  /** `file:line:column: …` of each that differs. */
  readonly differences: string[];
}

/** Compares the packages in `dirs` (absolute); `typed`: what typing has to tell as well. */
export async function compareIdents(dirs: readonly string[], typed = false): Promise<Agreement> {
  const agreement: Agreement = {
    lexical: 0,
    same: 0,
    members: 0,
    mistakenKeys: 0,
    own: 0,
    ownSame: 0,
    unresolved: 0,
    typeErrors: 0,
    missing: 0,
    differences: [],
  };
  const names = createNames();
  const load = { cwd: join(goRoot(), 'src'), env: { ...process.env, CGO_ENABLED: '0' } };
  const world = createWorld({ names, load, read: (path) => readFileSync(path) });
  for await (const resolved of oracle(dirs)) {
    const builder = createTreeBuilder(names);
    for (const path of resolved.files) builder.add(path, readFileSync(path));
    const tree = builder.finish();
    const bindings = bind(tree, { importName: (path) => resolved.imports[path] ?? null });
    agreement.typeErrors += resolved.errors;
    const typing = typed ? world.typing(tree, bindings, packageOf(resolved, load.cwd)) : null;
    comparePackage(resolved, bindings, typing, agreement);
  }
  return agreement;
}

function packageOf({ path, name, dir, files }: Resolved, source: string): SourcePackage {
  const module = path.startsWith('cmd/') ? 'cmd' : 'std';
  return {
    importPath: path,
    name,
    dir,
    module: { path: module, dir: module === 'cmd' ? join(source, 'cmd') : source, go: [1, 26] },
    files: files.map((file) => ({ path: file, size: 0, test: file.endsWith('_test.go'), cgo: false })),
    imports: name.endsWith('_test') ? [path.slice(0, -'_test'.length)] : [],
  };
}

function comparePackage({ rows }: Resolved, bindings: Bindings, typing: Typing | null, agreement: Agreement): void {
  const { tree } = bindings;
  const idents = new Map<number, NodeIndex>();
  const clauses = new Map<number, NodeIndex>();
  for (let node = 1; node < tree.count; node++) {
    if (tree.kind[node] === Kind.Ident) idents.set(tree.start[node] ?? 0, node);
    else if (tree.kind[node] === Kind.CaseClause) clauses.set(tree.start[node] ?? 0, node);
  }
  const base = (file: number): number => tree.files[file]?.base ?? 0;
  for (let row = 0; row < rows.length; row += 5) {
    const [file = 0, offset = 0, code = 0, toFile = 0, toOffset = 0] = rows.subarray(row, row + 5);
    const ident = idents.get(base(file) + offset) ?? 0;
    const object = bindings.objectOf[ident] ?? 0;
    const target = toFile < 0 ? -1 : base(toFile) + toOffset;
    if (ident === 0) agreement.missing++;
    if (code === Code.Unresolved) agreement.unresolved++;
    else if (code === Code.Member) {
      agreement.members++;
      if (object !== 0 && !declaresMethod(tree, ident) && (typing === null || typing.fieldOf(ident) === 0)) {
        agreement.mistakenKeys++;
      }
      if (typing !== null && target >= 0 && target !== tree.start[ident]) {
        agreement.own++;
        const decl = isSelected(tree, ident)
          ? (typing.selection(tree.parent[ident] ?? 0)?.decl ?? 0)
          : typing.fieldOf(ident);
        if (declaresAt(tree, decl, target)) agreement.ownSame++;
        else agreement.differences.push(describe(bindings, ident, object, code, target));
      }
    } else if (code !== Code.OtherPackage || !isSelected(tree, ident)) {
      agreement.lexical++;
      const expected = code === Code.Implicit ? (clauses.get(target) ?? -1) : target;
      if (agrees(bindings, ident, object, code, expected)) agreement.same++;
      else agreement.differences.push(describe(bindings, ident, object, code, expected));
    }
  }
}

function agrees(bindings: Bindings, ident: NodeIndex, object: number, code: number, target: number): boolean {
  const { tree } = bindings;
  const kind = bindings.kind[object];
  const decl = bindings.decl[object] ?? 0;
  const declared = bindings.ident[object] ?? 0;
  switch (code) {
    case Code.Nothing:
      return object === 0 || declared === ident;
    case Code.Local:
      return object !== 0 && kind !== ObjectKind.PackageName && tree.start[declared] === target;
    case Code.Universe:
      return object !== 0 && object <= UNIVERSE.length && UNIVERSE[object - 1]?.name === nameOf(tree, ident);
    case Code.PackageName:
      return kind === ObjectKind.PackageName && tree.start[decl] === target;
    case Code.Implicit:
      return ((bindings.flags[object] ?? 0) & ObjectFlag.Implicit) !== 0 && decl === target;
    default:
      // By a dot import.
      return object === 0;
  }
}

function isSelected(tree: Tree, ident: NodeIndex): boolean {
  const parent = tree.parent[ident] ?? 0;
  return tree.kind[parent] === Kind.SelectorExpr && tree.b[parent] === ident;
}

/** Whether a Field or FuncDecl declares what go/types says is declared at an offset. */
function declaresAt(tree: Tree, decl: NodeIndex, target: number): boolean {
  if (tree.kind[decl] === Kind.FuncDecl) return tree.start[tree.b[decl] ?? 0] === target;
  return decl !== 0 && (tree.start[decl] ?? 0) <= target && target < (tree.end[decl] ?? 0);
}

function declaresMethod(tree: Tree, ident: NodeIndex): boolean {
  return tree.kind[tree.parent[ident] ?? 0] === Kind.FuncDecl;
}

function describe(bindings: Bindings, ident: NodeIndex, object: number, code: number, target: number): string {
  const { tree } = bindings;
  const place = (node: NodeIndex): string => {
    if (node === 0) return 'nowhere';
    const { path, line, column } = positionAt(tree, tree.start[node] ?? 0);
    return `${path}:${line}:${column}`;
  };
  const wanted = Object.entries(Code).find(([, value]) => value === code)?.[0];
  const there = target < 0 || code === Code.Implicit ? '' : ` at ${positionAt(tree, target).line}`;
  const ours = `object ${object} of kind ${bindings.kind[object]} declared ${place(bindings.decl[object] ?? 0)}`;
  return `${place(ident)}: ${nameOf(tree, ident)}: go/types ${wanted}${there}, ours ${ours}`;
}

/** Runs the oracle and hands out its records as they come. */
async function* oracle(dirs: readonly string[]): AsyncGenerator<Resolved> {
  const program = join(import.meta.dirname, 'go-oracle/idents/main.go');
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' };
  const child = spawn('go', ['run', program, ...dirs], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const { read, more } = recordReader(child.stdout);
  while (await more()) {
    const header: Omit<Resolved, 'rows'> = JSON.parse((await read((await read(4)).readUInt32LE(0))).toString());
    const bytes = await read((await read(4)).readUInt32LE(0) * 20);
    const rows = new Int32Array(bytes.length / 4);
    for (let i = 0; i < rows.length; i++) rows[i] = bytes.readInt32LE(i * 4);
    yield { ...header, rows };
  }
  if ((await exit) !== 0) throw new Error(`go run ${program} failed; it says why above`);
}

/** All directories below `root` that hold Go files and are not test data. */
function packageDirs(root: string): string[] {
  const dirs: string[] = [];
  const pending = [root];
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    let go = false;
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        if (entry.name !== 'testdata' && !/^[._]/.test(entry.name)) pending.push(join(dir, entry.name));
      } else if (entry.name.endsWith('.go')) go = true;
    }
    if (go) dirs.push(dir);
  }
  return dirs.sort();
}

/** GOROOT of the `go` in the path; '' if there is none. */
export function goRoot(): string {
  const { status, stdout } = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { show: { type: 'string', default: '20' }, typed: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const source = join(goRoot(), 'src');
  const dirs = positionals.length > 0 ? positionals.map((dir) => join(source, dir)) : packageDirs(source);
  const agreement = await compareIdents(dirs, values.typed);
  const { lexical, same, members, mistakenKeys, unresolved, missing, differences } = agreement;
  for (const line of differences.slice(0, Number(values.show))) process.stdout.write(`${relative(source, line)}\n`);
  const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(4)} %`;
  process.stdout.write(`lexical identifiers: ${lexical}, the same: ${same} (${percent(same, lexical)})\n`);
  process.stdout.write(`fields, methods: ${members}, taken for what is in scope: ${mistakenKeys}\n`);
  if (values.typed) {
    const { own, ownSame } = agreement;
    process.stdout.write(
      `fields, methods of the package itself: ${own}, the same: ${ownSame} (${percent(ownSame, own)})\n`,
    );
    process.stdout.write(`all within a package: ${percent(same + ownSame, lexical + own)}\n`);
  }
  process.stdout.write(
    `not resolved by go/types: ${unresolved} (${agreement.typeErrors} errors); not in our tree: ${missing}\n`,
  );
  if (same !== lexical || missing > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
