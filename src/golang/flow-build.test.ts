import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bind } from './bind.ts';
import { EdgeKind, ExitKind, type Flow } from './flow.ts';
import { buildFlow } from './flow-build.ts';
import { drawFlow } from './flow-draw.ts';
import { createNames } from './names.ts';
import { Kind } from './nodes.ts';
import { parseFile } from './parse.ts';
import { type NodeIndex, type Tree, textOf } from './tree.ts';

const RETURNS = { neverReturns: (): number => ExitKind.None };

function functionsOf(path: string, source: Uint8Array): { tree: Tree; flows: Flow[] } {
  const tree = parseFile(path, source, names);
  const bindings = bind(tree);
  return { tree, flows: [...bindings.functions].map((func) => buildFlow(tree, bindings, func, RETURNS)) };
}

const names = createNames();

function bodyOf(tree: Tree, func: NodeIndex): NodeIndex {
  return (tree.kind[func] === Kind.FuncDecl ? tree.d[func] : tree.b[func]) ?? 0;
}

function endsReachably(tree: Tree, flow: Flow): boolean {
  const body = bodyOf(tree, flow.func);
  for (let block = 0; block < flow.blockCount; block++) {
    if (flow.reachable[block] && flow.exitKind[block] === ExitKind.Return && flow.exitNode[block] === body) return true;
  }
  return false;
}

describe('graphs as text', () => {
  // Sections of `// statements` and the graph that they make, drawn by hand first.
  const cases = readFileSync(new URL('testdata/flow.txt', import.meta.url), 'utf8').split(/^(?=\/\/ )/m);
  it.each(cases.map((text) => [text.slice(3, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1).trim()]))(
    '%s',
    (statements, expected) => {
      const source = `package p\nfunc f() {\n${statements.replace(/; (?=case |default)/g, '\n')}\n}\n`;
      const tree = parseFile('f.go', new TextEncoder().encode(source));
      const bindings = bind(tree);
      const flow = buildFlow(tree, bindings, bindings.functions[0] ?? 0, {
        neverReturns: (call) => (textOf(tree, call) === 'os.Exit(1)' ? ExitKind.Never : ExitKind.None),
      });
      expect(tree.problems).toEqual([]);
      expect(drawFlow(tree, flow)).toBe(expected);
    },
  );
});

it('knows the block of a node, the loop of a block and the defers', () => {
  const source = 'package p\nfunc f() {\nfor a() {\ndefer b()\nfor range c {\nd()\n}\n}\ne()\n}\n';
  const { tree, flows } = functionsOf('f.go', new TextEncoder().encode(source));
  const [flow] = flows;
  if (flow === undefined) throw new Error('no function');
  const loops = [...flow.nodes].map((node) => {
    const loop = flow.loop[flow.blockOf(node)] ?? 0;
    return `${textOf(tree, node)}: ${loop === 0 ? '' : textOf(tree, loop).slice(0, 5)}`;
  });
  expect(loops.sort()).toEqual(['a(): for a', 'c: for a', 'd(): for r', 'defer b(): for a', 'e(): ']);
  expect([...flow.defers].map((node) => textOf(tree, node))).toEqual(['defer b()']);
  expect(flow.blockOf(flow.func)).toBe(-1);
});

it('does not overflow the stack on deep nesting and long chains', () => {
  const nested = `${'if a {'.repeat(800)}x()${'}'.repeat(800)}`;
  const chain = `if a {} ${'else if b {} '.repeat(5000)}`;
  const or = `if ${'a || '.repeat(20_000)}b { x() }`;
  const source = `package p\nfunc f() {\n${nested}\n${chain}\n${or}\n}\n`;
  const { tree, flows } = functionsOf('f.go', new TextEncoder().encode(source));
  expect(flows).toHaveLength(1);
  expect(flows.every((flow) => endsReachably(tree, flow))).toBe(true);
});

it('has each edge in the lists of both its blocks', () => {
  const path = join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src/net/http/server.go');
  for (const flow of functionsOf(path, readFileSync(path)).flows) {
    const incoming = new Set(flow.incoming);
    expect(incoming.size).toBe(flow.edgeTo.length);
    for (let block = 0; block < flow.blockCount; block++) {
      for (let at = flow.inStart[block] ?? 0; at < (flow.inStart[block + 1] ?? 0); at++) {
        expect(flow.edgeTo[flow.incoming[at] ?? -1]).toBe(block);
      }
      for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
        expect(flow.edgeFrom[edge]).toBe(block);
        if (flow.edgeKind[edge] !== EdgeKind.Next) expect(flow.edgeNode[edge]).toBeGreaterThan(0);
      }
    }
  }
});

describe('held against the Go toolchain', () => {
  let directory = '';
  const goroot = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'flow-'));
    writeFileSync(join(directory, 'go.mod'), 'module terminating\n\ngo 1.23\n');
    writeFileSync(join(directory, 'main.go'), readFileSync(new URL('testdata/terminating/main.go', import.meta.url)));
    execFileSync('go', ['build', '-o', 'terminating', '.'], { cwd: directory });
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('reaches the end of a body exactly where go/types misses a return', () => {
    const files = ['runtime', 'net/http', 'go/types', 'cmd/compile/internal/ssagen'].flatMap((name) => {
      const folder = join(goroot, 'src', name);
      return readdirSync(folder)
        .filter((file) => file.endsWith('.go'))
        .map((file) => join(folder, file));
    });
    const output = execFileSync(join(directory, 'terminating'), files, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const verdicts = new Map<string, string>();
    for (const line of output.trim().split('\n')) {
      const [path, offset, verdict] = line.split(' ');
      verdicts.set(`${path} ${offset}`, verdict ?? '');
    }
    let compared = 0;
    let unlike = 0;
    for (const path of files) {
      const { tree, flows } = functionsOf(path, readFileSync(path));
      for (const flow of flows) {
        const verdict = verdicts.get(`${path} ${tree.data[bodyOf(tree, flow.func)]}`);
        if (verdict === undefined) continue;
        compared++;
        const ends = endsReachably(tree, flow);
        // What terminates for the language must end here, too.
        if (verdict === 'T') expect(ends, `${path}: ${textOf(tree, flow.func).slice(0, 80)}`).toBe(false);
        // The other way round dead code differs, and calls of panic whose arguments do not type-check alone.
        else if (!ends) unlike++;
      }
    }
    expect(compared).toBeGreaterThan(5000);
    expect(unlike / compared).toBeLessThan(0.005);
  }, 60_000);

  it('never reaches the end of a function with results anywhere in the standard library', () => {
    const src = join(goroot, 'src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.go') && !path.includes('testdata') && !path.includes('vendor'),
    );
    let functions = 0;
    const wrong: string[] = [];
    for (const file of files) {
      const path = join(src, file);
      const { tree, flows } = functionsOf(path, readFileSync(path));
      for (const flow of flows) {
        const type = (tree.kind[flow.func] === Kind.FuncDecl ? tree.c[flow.func] : tree.a[flow.func]) ?? 0;
        if ((tree.a[tree.c[type] ?? 0] ?? 0) === 0) continue;
        functions++;
        if (endsReachably(tree, flow)) wrong.push(`${path}: ${textOf(tree, flow.func).slice(0, 80)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(functions).toBeGreaterThan(30_000);
  }, 120_000);
});
