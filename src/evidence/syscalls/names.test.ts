/**
 * The tables against the kernel's headers, where they are installed (Debian: linux-libc-dev; no newer than the distribution), and
 * against what Go's golang.org/x/sys generated from newer ones: testdata/go-sys-numbers.txt, of Linux 7.2.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { archOf, COMPAT, syscallName, syscallTable } from './names.ts';

const AMD64 = ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm/unistd_64.h'].find(existsSync);
const GENERIC = '/usr/include/asm-generic/unistd.h';
const CC = ['/usr/bin/cc', '/usr/bin/gcc'].find(existsSync);

it.skipIf(AMD64 === undefined)('amd64 is as in asm/unistd_64.h', () => {
  const defined = [...readFileSync(AMD64 ?? '', 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
  expect(defined.length).toBeGreaterThan(330);
  for (const [, name, number] of defined)
    expect([number, syscallName(Number(number), 'amd64')]).toEqual([number, name]);
});

it.skipIf(CC === undefined || !existsSync(GENERIC))('arm64 is as in asm-generic/unistd.h', () => {
  // What arm64's own unistd.h asks for: arch/arm64/include/uapi/asm/unistd.h.
  const wants = ['RENAMEAT', 'NEW_STAT', 'SET_GET_RLIMIT', 'TIME32_SYSCALLS', 'SYS_CLONE3', 'MEMFD_SECRET'];
  const source = `${wants.map((want) => `#define __ARCH_WANT_${want}\n`).join('')}#include <asm-generic/unistd.h>\n`;
  const text = execFileSync(CC ?? '', ['-E', '-dM', '-xc', '-'], { input: source, encoding: 'utf8' });
  const defined = new Map([...text.matchAll(/^#define (__NR\w+) (\w+)$/gm)].map(([, name, value]) => [name, value]));
  let checked = 0;
  for (const [name, value] of defined) {
    if (name === undefined || !/^__NR_(?!syscalls|arch_specific)/.test(name)) continue;
    const number = Number(defined.get(value) ?? value);
    expect([number, syscallName(number, 'arm64')]).toEqual([number, name.slice('__NR_'.length)]);
    checked++;
  }
  expect(checked).toBeGreaterThan(290);
});

it('both are as Go generated them', () => {
  const text = readFileSync(join(import.meta.dirname, 'testdata', 'go-sys-numbers.txt'), 'utf8');
  const lines = [...text.matchAll(/^(amd64|arm64) (\d+) (\w+)$/gm)].map(([, arch, number, name]) => ({
    arch: archOf(arch ?? '') ?? 'amd64',
    number: Number(number),
    name,
  }));
  // 244 on arm64 is where numbers of the machine alone would begin; there are none.
  const calls = lines.filter(({ name }) => name !== 'arch_specific_syscall');
  expect(calls).toHaveLength(syscallTable('amd64').size + syscallTable('arm64').size);
  for (const { arch, number, name } of calls)
    expect([arch, number, syscallName(number, arch)]).toEqual([arch, number, name]);
});

it('has the new calls at the same numbers on both', () => {
  for (const [number, name] of syscallTable('amd64'))
    if (number >= 424) expect(syscallName(number, 'arm64')).toBe(name);
  expect(syscallName(462, 'amd64')).toBe('mseal');
  expect(syscallName(999, 'arm64')).toBe('syscall_999');
  expect([archOf('x86_64'), archOf('arm64'), archOf('riscv64')]).toEqual(['amd64', 'arm64', null]);
});

it('gives what a program made up one name, which a profile can hold, and other tables their own', () => {
  // 11 is munmap here and execve there.
  expect(syscallName(COMPAT + 11, 'amd64')).toBe('syscall_32bit_11');
  expect(syscallName(0x4000_0000 + 59, 'amd64')).toBe('syscall_x32_59');
  const names = [-1, -(2 ** 40), 4096, 9999, COMPAT - 1, 2 ** 31, 2 ** 53, 1.5, Number.NaN].map((number) =>
    syscallName(number, 'amd64'),
  );
  expect(new Set(names)).toEqual(new Set(['syscall_none']));
});
