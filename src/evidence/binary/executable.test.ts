/** Against the Go runtime of the program itself, go tool nm and go tool addr2line, over Go versions and ways to build. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { readElf } from './elf.ts';
import { type Executable, openExecutable, readExecutable } from './executable.ts';
import { asPrinted, type Build, biasOf, buildOracle, type Facts, runGo, runOracle } from './oracle.testing.ts';
import type { ByteSource } from './source.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-binary-'));
afterAll(() => rmSync(dir, { recursive: true }));

const STRIPPED = ['-ldflags=-s -w'];
const PIE = ['-buildmode=pie'];
const GOS = ['go1.19.13', 'go1.22.12', 'go1.24.6', 'local', 'go1.27.1'];
const BUILDS: (Build & { name: string })[] = [
  ...GOS.flatMap((go) => [
    { name: `${go}`, go },
    { name: `${go} stripped`, go, flags: STRIPPED },
    { name: `${go} position-independent and stripped`, go, flags: [...PIE, ...STRIPPED] },
  ]),
  { name: 'go1.19.13 position-independent', go: 'go1.19.13', flags: PIE },
  { name: 'local position-independent', go: 'local', flags: PIE },
  { name: 'local -trimpath', go: 'local', flags: ['-trimpath'] },
  // 32 bit, and runs on amd64.
  ...(process.arch === 'x64' ? [{ name: 'local 386', go: 'local', env: { GOARCH: '386', CGO_ENABLED: '0' } }] : []),
];

function bytesOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** All that the program says of itself is what we read from its file. */
function expectAgreement(executable: Executable, facts: Facts): void {
  const bias = biasOf(facts, executable);
  const { pclntab, types } = executable;
  const rows = (kind: string, atLeast: number): readonly (readonly string[])[] => {
    const found = facts.get(kind) ?? [];
    expect(found.length, kind).toBeGreaterThanOrEqual(atLeast);
    return found;
  };
  expect(rows('type', 250).map(([address]) => types?.typeAt(Number(address) - bias)?.name)).toEqual(
    rows('type', 250).map(([, name]) => name),
  );

  const innermost = rows('frame', 2500).map(([pc]) => {
    const [position] = pclntab.positionsAt(Number(pc) - bias);
    return [pc, asPrinted(position?.function ?? ''), position?.file, String(position?.line)];
  });
  expect(innermost).toEqual(rows('frame', 2500));

  for (const [pc, ...calls] of rows('chain', 1)) {
    expect(calls.length).toBeGreaterThanOrEqual(3); // or nothing is inlined and this tests nothing
    const positions = pclntab.positionsAt(Number(pc) - bias);
    expect(positions.map((position) => `${position.function}:${position.line}`)).toEqual(calls);
  }

  const { symbols } = executable;
  for (const [address, size, name] of symbols === null ? [] : rows('global', 10)) {
    for (const inside of [0, Number(size) - 1]) {
      const index = symbols?.symbolAt(Number(address) - bias + inside) ?? -1;
      expect(symbols?.name(index)).toBe(name);
      expect(symbols?.address[index]).toBe(Number(address) - bias);
      expect(symbols?.size[index]).toBe(Number(size));
      expect(symbols?.isData[index]).toBe(1);
    }
  }
}

describe.each(BUILDS)('a program built by $name', (build) => {
  it('says of itself what we read from its file', () => {
    const path = buildOracle(build);
    const executable = openExecutable(path);
    expect(executable.buildInfo?.goVersion).toBe(runGo(['env', 'GOVERSION'], build).trim());
    expect(executable.symbols === null).toBe(build.flags?.includes('-ldflags=-s -w') === true);
    expectAgreement(executable, runOracle(path));
    executable.close();
  }, 180_000);
});

describe('without what linkers and packers leave out', () => {
  it.each([[[]], [PIE]])('finds everything without section headers (%s)', (flags) => {
    const path = buildOracle({ go: 'local', flags });
    const bytes = readFileSync(path);
    bytes.fill(0, 40, 48); // e_shoff
    bytes.fill(0, 58, 64); // e_shentsize, e_shnum, e_shstrndx
    const executable = readExecutable(bytesOf(bytes), path);
    expect(executable.elf.sections).toEqual([]);
    expect(executable.symbols).toBeNull();
    expectAgreement(executable, runOracle(path));
  });

  it('finds the text of a program that is linked with C, stripped', () => {
    if (!existsSync('/usr/bin/gcc')) return;
    const flags = ['-ldflags=-s -w -linkmode=external'];
    const path = buildOracle({ go: 'local', flags, env: { CGO_ENABLED: '1' } });
    const executable = openExecutable(path);
    // C start-up code comes first: the start of the section is not that of Go's code.
    const section = executable.elf.sections.find(({ name }) => name === '.text');
    expect(executable.module?.text).toBeGreaterThan(section?.address ?? Number.NaN);
    expectAgreement(executable, runOracle(path));
    executable.close();
  }, 180_000);
});

/** Rows of go tool nm: address, size, letter, name. */
function nm(path: string, go = 'local'): { address: number; size: number; letter: string; name: string }[] {
  return runGo(['tool', 'nm', '-size', path], { go })
    .trim()
    .split('\n')
    .map((line) => /^ *([0-9a-f]*) +(\d+) (\S) (.*)$/.exec(line))
    .map((match) => ({
      address: Number.parseInt(match?.[1] ?? '', 16),
      size: Number(match?.[2]),
      letter: match?.[3] ?? '',
      name: match?.[4] ?? '',
    }));
}

/** What go tool addr2line prints for the addresses. */
function addr2line(path: string, pcs: readonly number[]): { function: string; position: string }[] {
  const input = pcs.map((pc) => `0x${pc.toString(16)}\n`).join('');
  const lines = runGo(['tool', 'addr2line', path], { input }).split('\n');
  return pcs.map((_, i) => ({ function: lines[2 * i] ?? '', position: lines[2 * i + 1] ?? '' }));
}

describe.each(['go1.19.13', 'local', 'go1.27.1'])('the symbols of %s', (go) => {
  it('are those of go tool nm', () => {
    for (const flags of [[], PIE]) {
      const path = buildOracle({ go, flags });
      const executable = openExecutable(path);
      const expected = nm(path, go)
        .filter(({ letter, size }) => 'DdBb'.includes(letter) && size > 0)
        .map(({ address, size, name }) => `${address} ${size} ${name}`)
        .toSorted();
      expect(expected.length).toBeGreaterThan(400);
      const found = executable.symbols?.dataSymbols().map(({ address, size, name }) => `${address} ${size} ${name}`);
      expect(found?.toSorted()).toEqual(expected);
      executable.close();
    }
  });
});

/** Small programs for machines that we cannot run: only the tools are the oracle. */
function buildTiny(arch: string): string {
  const source = join(dir, 'tiny.go');
  writeFileSync(source, 'package main\n\nvar count = [3]int{1, 2, 3}\n\nfunc main() { println(count[0]) }\n');
  const path = join(dir, arch);
  runGo(['build', '-o', path, source], { env: { GOARCH: arch, GOOS: 'linux', CGO_ENABLED: '0' }, cwd: dir });
  return path;
}

describe('functions and lines', () => {
  it.each([
    ['the go command', () => join(runGo(['env', 'GOROOT']).trim(), 'bin', 'go'), 997],
    ['a position-independent program', () => buildOracle({ go: 'local', flags: PIE }), 211],
    ['a big-endian program', () => buildTiny('s390x'), 101],
    ['a big-endian 32-bit program', () => buildTiny('mips'), 101],
  ])(
    'of %s are those of go tool addr2line',
    (_, build, step) => {
      const path = build();
      const executable = openExecutable(path);
      const { pclntab } = executable;
      const [low = 0, high = 0] = [pclntab.entries[0], pclntab.entries[pclntab.functionCount]];
      const pcs = Array.from({ length: Math.floor((high - low) / step) }, (_, i) => low + i * step);
      expect(pcs.length).toBeGreaterThan(2500);
      const found = pcs.map((pc) => {
        const at = pclntab.functionAt(pc);
        // Padding between functions has no line, which the tool prints as -1.
        return { function: at?.function ?? '?', position: at?.file === '' ? ':-1' : `${at?.file}:${at?.line}` };
      });
      expect(found).toEqual(addr2line(path, pcs));
      // Outside there is nothing.
      expect(pclntab.functionAt(low - 1)).toBeNull();
      expect(pclntab.functionAt(high)).toBeNull();
      expect(pclntab.positionsAt(high)).toEqual([]);
      executable.close();
    },
    180_000,
  );
});

describe('what is no Go executable', () => {
  const refuse = (bytes: Uint8Array): string => {
    const path = join(dir, 'refused');
    writeFileSync(path, bytes);
    try {
      openExecutable(path).close();
    } catch (error) {
      if (error instanceof EvidenceError) return error.message.replace(path, 'FILE');
      throw error;
    }
    return 'read';
  };
  const hex = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'hex'), Buffer.alloc(100)]);
  const elf = readFileSync(process.execPath).subarray(0, 64);

  it.each([
    ['nothing', Buffer.alloc(0), 'FILE: the file is empty; give an ELF executable built by Go'],
    ['text', Buffer.from('hello'), 'FILE: this is not an executable; only ELF executables (Linux and BSD) are read'],
    ['Mach-O', hex('cffaedfe'), 'FILE: this is a Mach-O file; only ELF executables (Linux and BSD) are read'],
    ['PE', hex('4d5a90'), 'FILE: this is a Windows executable; only ELF executables (Linux and BSD) are read'],
    [
      'a dump',
      Buffer.from('go1.7 heap dump\n'),
      'FILE: this is a Go heap dump; only ELF executables (Linux and BSD) are read',
    ],
    ['a pprof file', hex('1f8b'), 'FILE: this is a gzip file; only ELF executables (Linux and BSD) are read'],
    ['4 bytes', Buffer.from('\x7fELF', 'latin1'), 'FILE: ELF class undefined is neither 32 nor 64 bit at byte 4'],
    ['half a header', elf.subarray(0, 40), 'FILE: the file is cut inside its ELF header at byte 40'],
    ['a header only', elf, /^FILE: the file is cut: the program headers should stand at byte 64$/],
    [
      'a core file',
      Buffer.from(elf).fill(4, 16, 17),
      'FILE: this is a core file; give the executable that it came from at byte 16',
    ],
    [
      'an object file',
      Buffer.from(elf).fill(1, 16, 17),
      'FILE: this ELF file of type 1 is not an executable at byte 16',
    ],
  ])('%s is refused in one sentence', (_, bytes, message) => {
    expect(refuse(bytes)).toMatch(message);
  });

  it('is refused by name where it cannot be opened', () => {
    expect(() => openExecutable(join(dir, 'none'))).toThrow(/none does not exist; give the executable of the dump$/);
    expect(() => openExecutable(dir)).toThrow(/is not a regular file; give the executable of the dump$/);
  });

  it('is refused where it is of another language', () => {
    expect(() => openExecutable('/bin/sh')).toThrow(
      '/bin/sh: this executable has no Go function table; give one built by Go 1.16 or later',
    );
  });

  it('is refused where it is cut, wherever', () => {
    const path = buildOracle({ go: 'local', flags: STRIPPED });
    const bytes = readFileSync(path);
    for (let percent = 0; percent < 100; percent++) {
      const cut = bytes.subarray(0, Math.floor((bytes.length * percent) / 100));
      expect(() => readExecutable(bytesOf(cut), path), `${percent} %`).toThrow(EvidenceError);
    }
  });
});

describe('readElf', () => {
  it('reads the headers that readelf reads', () => {
    const path = buildOracle({ go: 'local' });
    const elf = readElf(bytesOf(readFileSync(path)));
    let text: string;
    try {
      text = execFileSync('readelf', ['-W', '-S', '-l', '-h', path], { encoding: 'utf8' });
    } catch {
      return; // binutils are not everywhere
    }
    const sections = [...text.matchAll(/^ {2}\[ *\d+\] (\S*) +\S+ +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) /gm)];
    expect(sections.length).toBeGreaterThan(15);
    expect(elf.sections.map((s) => [s.name, s.address, s.offset, s.size])).toEqual(
      sections.map(([, name, ...numbers]) => [name, ...numbers.map((number) => Number.parseInt(number, 16))]),
    );
    const segments = [...text.matchAll(/^ {2}[A-Z_0-9+x]+ +0x(\S+) 0x(\S+) 0x\S+ 0x(\S+) 0x(\S+) /gm)];
    expect(segments.length).toBeGreaterThan(3);
    expect(elf.segments.map((s) => [s.offset, s.address, s.fileSize, s.memorySize])).toEqual(
      segments.map(([, ...numbers]) => numbers.map((number) => Number.parseInt(number, 16))),
    );
    expect(elf.entry).toBe(Number.parseInt(/Entry point address: +0x([0-9a-f]+)/.exec(text)?.[1] ?? '', 16));
  });
});
