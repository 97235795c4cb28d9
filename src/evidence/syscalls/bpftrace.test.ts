/** testdata/bpftrace.jsonl is what bpftrace 0.17 printed of test/e2e-run/programs/known.c with 100 rounds, with a hostile name put in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BpftraceWindows, type RawWindow, readBpftraceLine } from './bpftrace.ts';

const text = readFileSync(join(import.meta.dirname, 'testdata', 'bpftrace.jsonl'), 'utf8');
const PID = 14594;

function windowsOf(lines: readonly string[], maxKeys = 8192): RawWindow[] {
  const reader = new BpftraceWindows(maxKeys);
  const windows = lines.flatMap((line) => reader.line(line) ?? []);
  return [...windows, reader.end()];
}

function total(windows: readonly RawWindow[], what: 'calls' | 'flows', number: number): number {
  let sum = 0;
  for (const { processes } of windows)
    for (const { pid, [what]: map } of processes.values()) if (pid === PID) sum += map.get(number) ?? 0;
  return sum;
}

describe('what bpftrace printed', () => {
  it('becomes windows whose sums are those of the program', () => {
    const windows = windowsOf(text.split('\n'));
    expect(windows.map(({ at }) => at)).toHaveLength(9);
    expect(windows[1]?.at).toBe(49317091912384);
    expect(windows.at(-1)?.at).toBeNull();
    expect(total(windows, 'calls', 110)).toBe(100 * 1000); // getppid
    expect(total(windows, 'calls', 257)).toBe(300); // openat, a third of them failing
    expect(total(windows, 'calls', 231)).toBe(1); // exit_group, which strace -c never shows
    expect(total(windows, 'flows', 0)).toBe(200); // files opened
    expect(total(windows, 'flows', 2)).toBe(600); // descriptors closed
    expect(total(windows, 'flows', 6)).toBe(100); // connect that failed
  });

  it('gives ended processes their names, even one that is no JSON', () => {
    const names = windowsOf(text.split('\n')).flatMap(({ processes }) =>
      [...processes.values()].flatMap(({ pid, endedAs }) => (endedAs === '' ? [] : [[pid, endedAs]])),
    );
    expect(names).toContainEqual([PID, 'known']);
    expect(names).toContainEqual([24840, 'q"u,o\\e']);
  });

  it('counts what was lost, and says which map was full', () => {
    expect(windowsOf(text.split('\n')).at(-1)?.lost).toBe(3);
    const full = windowsOf(text.split('\n'), 10);
    expect(full[1]).toMatchObject({ full: ['c'], lost: 1 });
    expect(full[0]).toMatchObject({ full: [], lost: 0 });
  });

  it('counts how many calls found no room, by what the program says of all', () => {
    const lines = [
      '{"type": "printf", "data": "flush 0 1000"}',
      '{"type": "map", "data": {"@c0": {"1,7,0": 40, "1,7,1": 2}}}',
      '{"type": "map", "data": {"@n0": 100}}',
      '{"type": "printf", "data": "flushed 0"}',
    ];
    expect(windowsOf(lines, 2)[0]).toMatchObject({ full: ['c'], lost: 58, lostEvents: 0 });
    expect(windowsOf(lines.with(2, '{"type": "map", "data": {"@n0": 42}}'))[0]).toMatchObject({ full: [], lost: 0 });
  });

  it('refuses what bpftrace does not print', () => {
    expect(readBpftraceLine('  ')).toBeNull();
    expect(readBpftraceLine('{"type": "new", "data": 1}')).toEqual({ kind: 'other' });
    expect(() => readBpftraceLine('Attaching 3 probes...')).toThrow('what is no JSON: Attaching 3 probes');
  });
});
