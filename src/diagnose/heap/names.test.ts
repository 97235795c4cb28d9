/** Against real programs that say what lies where, and write a heap dump of themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Executable, openExecutable } from '../../evidence/binary/executable.ts';
import {
  asPrinted,
  type Build,
  buildOracle,
  type Facts,
  runGo,
  runOracle,
} from '../../evidence/binary/oracle.testing.ts';
import { EvidenceError } from '../../evidence/error.ts';
import type { HeapDump } from '../../evidence/heapdump/dump.ts';
import { readHeapDump } from '../../evidence/heapdump/read.ts';
import { createNames, type Names } from './names.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-names-'));
afterAll(() => rmSync(dir, { recursive: true }));

interface Case {
  readonly facts: Facts;
  readonly dump: HeapDump;
  readonly executable: Executable;
}

function withDump(build: Build, run: (of: Case) => void): void {
  const binary = buildOracle(build);
  const path = join(dir, `${Math.random()}`);
  const facts = runOracle(binary, path);
  const dump = readHeapDump(path);
  const executable = openExecutable(binary);
  try {
    run({ facts, dump, executable });
  } finally {
    executable.close();
    dump.close();
    rmSync(path);
  }
}

const rows = (facts: Facts, kind: string): (readonly string[])[] => {
  const found = facts.get(kind) ?? [];
  if (found.length === 0) throw new Error(`the program says nothing of ${kind}`);
  return [...found];
};

/** `function:line` of all frames of the goroutine with that function on its stack. */
function stackWith(dump: HeapDump, names: Names, wanted: string): string[] {
  const { frameStart, count } = dump.goroutines;
  for (let g = 0; g < count; g++) {
    const [from = 0, to = 0] = [frameStart[g], frameStart[g + 1]];
    const calls = Array.from({ length: to - from }, (_, i) => names.frame(from + i)).flat();
    if (calls.some((call) => call.function === wanted)) return calls.map((call) => `${call.function}:${call.line}`);
  }
  return [];
}

const PIE = ['-buildmode=pie', '-ldflags=-s -w'];
const BUILDS: (Build & { name: string; headers: boolean })[] = [
  { name: 'go1.19.13', go: 'go1.19.13', headers: false },
  { name: 'go1.22.12', go: 'go1.22.12', headers: true },
  { name: 'go1.24.6', go: 'go1.24.6', headers: true },
  { name: 'local', go: 'local', headers: true },
  { name: 'go1.27.1', go: 'go1.27.1', headers: true },
  { name: 'go1.19.13 position-independent and stripped', go: 'go1.19.13', flags: PIE, headers: false },
  { name: 'local position-independent and stripped', go: 'local', flags: PIE, headers: true },
  { name: 'go1.27.1 position-independent and stripped', go: 'go1.27.1', flags: PIE, headers: true },
  { name: 'local position-independent', go: 'local', flags: ['-buildmode=pie'], headers: true },
  ...(process.arch === 'x64'
    ? [{ name: 'local 386', go: 'local', env: { GOARCH: '386', CGO_ENABLED: '0' }, headers: true }]
    : []),
];

describe.each(BUILDS)('the dump of a program built by $name', (build) => {
  it('has the names that the program gives', () => {
    withDump(build, ({ facts, dump, executable }) => {
      const names = createNames(dump, executable);
      for (const [address = '', type = ''] of rows(facts, 'object')) {
        const object = dump.objectAt(Number(address));
        expect(object).toBeGreaterThanOrEqual(0);
        expect(names.typeOf(object), type).toBe(build.headers ? type : null);
      }
      for (const [address = '', size = '', name = ''] of executable.symbols === null ? [] : rows(facts, 'global')) {
        expect(names.global(Number(address))).toEqual({ name, offset: 0 });
        expect(names.global(Number(address) + Number(size) - 1)).toEqual({ name, offset: Number(size) - 1 });
      }
      for (const [address = '', name = ''] of rows(facts, 'closure')) {
        expect(names.closure(Number(address))).toBe(name);
        expect(names.closure(Number(address) + 1)).toBeNull();
      }
      for (const [address = '', type = ''] of rows(facts, 'type')) expect(names.type(Number(address))).toBe(type);
      const frames = rows(facts, 'frame');
      // A return address lies behind the call that it belongs to.
      const found = frames.map(([pc = '']) => {
        const position = names.code(Number(pc) + 1);
        return [pc, asPrinted(position?.function ?? ''), position?.file, String(position?.line)];
      });
      expect(found).toEqual(frames);
    });
  }, 180_000);

  it('shows stacks as the program has them', () => {
    withDump(build, ({ dump, executable }) => {
      const names = createNames(dump, executable);
      const bare = createNames(dump, null);
      // These lines are those of testdata/oracle/main.go.
      const parked = stackWith(dump, names, 'main.dump.func1');
      expect(parked).toContainEqual('main.dump.func1:239');
      expect(parked[0]).toMatch(/^runtime\.gopark:\d\d\d$/);
      expect(stackWith(dump, names, 'main.main')).toEqual(
        expect.arrayContaining(['main.main:82', expect.stringMatching(/^main\.dump:24\d$/)]),
      );
      expect(stackWith(dump, bare, 'main.dump.func1')).toContainEqual('main.dump.func1:0');
      const goroutine = Array.from(dump.goroutines.goPc, (pc) => names.code(pc)?.function);
      expect(goroutine).toContain('main.dump');
    });
  });

  it('has types where interfaces say so', () => {
    withDump(build, ({ facts, dump, executable }) => {
      const names = createNames(dump, executable);
      // `kept []any` holds a pointer to each object.
      const found = new Map<number, string>();
      const { objects } = dump;
      for (let field = 0, object = 0; object < objects.count; object++) {
        for (; field < (objects.fieldOffsets[object + 1] ?? 0); field++) {
          const target = objects.fieldTarget[field] ?? -1;
          const type = names.interfaceTarget(objects.contentOffset[object] ?? 0, objects.fieldAt[field] ?? 0);
          if (target >= 0 && type !== null) found.set(target, type);
        }
      }
      // Of a slice the interface points to its three words, not to its array.
      const pointers = rows(facts, 'object').filter(([, type]) => type?.startsWith('[]') === false);
      expect(pointers.length).toBe(3);
      for (const [address, type] of pointers) expect(found.get(dump.objectAt(Number(address)))).toBe(type);
    });
  });
});

describe('without an executable', () => {
  it('names what the dump names, and nothing else', () => {
    withDump({ go: 'local' }, ({ facts, dump }) => {
      const names = createNames(dump, null);
      expect(names.global(Number(rows(facts, 'global')[0]?.[0]))).toBeNull();
      expect(names.code(1)).toBeNull();
      const frame = dump.frames.name.findIndex((name) => dump.strings[name] === 'main.dump.func1');
      expect(names.frame(frame)).toEqual([{ function: 'main.dump.func1', file: '', line: 0 }]);
      expect(names.code(dump.frames.pc[frame] ?? 0)?.function).toBe('main.dump.func1');
      expect(names.closure(dump.frames.entry[frame] ?? 0)).toBe('main.dump.func1');
      const [itab] = [...dump.itabs].find(([, type]) => dump.types.get(type)?.name === '*os.File') ?? [];
      if (itab !== undefined) expect(names.type(itab)).toBe('*os.File');
    });
  });
});

describe('an executable of another program', () => {
  const refusal = (dump: HeapDump, path: string): string => {
    const executable = openExecutable(path);
    try {
      createNames(dump, executable);
    } catch (error) {
      if (error instanceof EvidenceError) return error.message.replace(path, 'FILE');
      throw error;
    } finally {
      executable.close();
    }
    return 'accepted';
  };

  it('is refused with what differs', () => {
    withDump({ go: 'local' }, ({ dump }) => {
      const version = runGo(['env', 'GOVERSION']).trim();
      expect(refusal(dump, buildOracle({ go: 'go1.24.6' }))).toBe(
        `FILE is not the program that wrote the dump: it was built by go1.24.6, the dump was written by ${version}; give that very file`,
      );
      // The same source, compiled otherwise.
      expect(refusal(dump, buildOracle({ go: 'local', flags: ['-gcflags=-l'] }))).toMatch(
        /^FILE is not the program that wrote the dump: (\S+ starts at 0x\S+ in the dump, inside \S+ in the executable|at 0x\S+ the dump has \S+, the executable has \S+|its variables start at 0x\S+, in the dump at 0x\S+); give that very file$/,
      );
      expect(refusal(dump, join(runGo(['env', 'GOROOT']).trim(), 'bin', 'gofmt'))).toMatch(
        /^FILE is not the program that wrote the dump: /,
      );
      if (process.arch === 'x64') {
        const other = buildOracle({ go: 'local', env: { GOARCH: '386', CGO_ENABLED: '0' } });
        expect(refusal(dump, other)).toMatch(
          /: it is 32-bit little-endian, the dump is 64-bit little-endian \(amd64\);/,
        );
      }
    });
  }, 180_000);

  it('is refused where it was moved when loaded, too', () => {
    withDump({ go: 'local', flags: ['-buildmode=pie'] }, ({ dump }) => {
      const other = buildOracle({ go: 'local', flags: ['-buildmode=pie', '-gcflags=-l'] });
      expect(refusal(dump, other)).toMatch(/^FILE is not the program that wrote the dump: /);
      expect(refusal(dump, buildOracle({ go: 'local' }))).toMatch(/^FILE is not the program that wrote the dump: /);
      // Stripping changes nothing that matters.
      expect(refusal(dump, buildOracle({ go: 'local', flags: PIE }))).toMatch(
        /^(accepted|FILE is not .* its variables)/,
      );
    });
  }, 180_000);
});
