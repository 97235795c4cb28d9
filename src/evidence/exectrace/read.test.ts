import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSyscallStacks } from './read.ts';

/** A program that calls mmap 25 times and munmap 10 times while it is traced, run under each Go. */
function traceOf(go: string): Buffer {
  return execFileSync('go', ['run', '-trimpath', '.'], {
    cwd: join(import.meta.dirname, 'testdata', 'mmap'),
    env: { ...process.env, GOTOOLCHAIN: go, GOFLAGS: '' },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const latest = traceOf('local');

describe('readSyscallStacks', () => {
  it.each(['local', 'go1.22.12', 'go1.23.4', 'go1.27.1'])(
    'counts the mapping calls of a program run by %s',
    (go) => {
      const stacks = readSyscallStacks(go === 'local' ? latest : traceOf(go));
      const calls = (name: string): number =>
        stacks
          .filter(({ frames }) => frames.some((frame) => frame.function === name))
          .reduce((sum, { count }) => sum + count, 0);
      expect(calls('syscall.Mmap')).toBe(25);
      expect(calls('syscall.Munmap')).toBe(10);
      const mapping = stacks.find(({ frames }) => frames.some((frame) => frame.function === 'main.grow'));
      const grow = mapping?.frames.find((frame) => frame.function === 'main.grow');
      expect(grow?.line).toBe(16);
      expect(grow?.file).toMatch(/main\.go$/);
      // Leaf first.
      expect(mapping?.frames.at(-1)?.function).toMatch(/^(main\.main|runtime\.main)$/);
    },
    120_000,
  );

  it('says in one sentence what is wrong, and where', () => {
    expect(() => readSyscallStacks(Buffer.from('<html>'))).toThrow('this is no Go execution trace');
    expect(() => readSyscallStacks(Buffer.from('go 1.19 trace\0\0\0'))).toThrow('only Go 1.22 and newer');
    expect(() => readSyscallStacks(Buffer.concat([latest.subarray(0, 16), Buffer.from([77])]))).toThrow(
      'a batch was expected, not event 77 at byte 16',
    );
  });

  it('throws nothing but its own error wherever the trace is cut', () => {
    for (let length = 0; length < latest.length; length += Math.ceil(latest.length / 500)) {
      try {
        readSyscallStacks(latest.subarray(0, length));
      } catch (error) {
        expect(error).toHaveProperty('name', 'EvidenceError');
      }
    }
  });
});
