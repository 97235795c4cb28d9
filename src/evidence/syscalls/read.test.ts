import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRecording, readRecording } from './read.ts';
import type { ContainerIdentity } from './recording.ts';
import { type ProcessSample, type RecordingHeader, RecordingLines, type WindowSample } from './write.ts';

const HEADER: RecordingHeader = {
  host: { name: 'node-1', kernel: '6.18.0', arch: 'amd64' },
  windowMs: 60_000,
  sources: [
    { aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' },
    { aspect: 'sockets', collected: false, source: '', says: 'no kprobes' },
  ],
};
const CONTAINER: ContainerIdentity = {
  cgroup: '/kubepods/pod1/abc',
  id: 'abc',
  name: 'shop',
  pod: 'shop-0',
  namespace: 'prod',
  image: 'registry/shop:1.4',
  digest: 'sha256:1',
  from: 'kubernetes',
};

function sample(pid: number, calls: Record<string, number>, container = CONTAINER): ProcessSample {
  return {
    process: { pid, startedAt: pid === 0 ? Number.NaN : 1000 + pid, comm: `c${pid}`, executable: 'shop' },
    container,
    calls: new Map(Object.entries(calls)),
    flows: pid === 0 ? null : { fdsOpened: 3, fdsClosed: 2, filesOpened: 1, mappedBytes: 4096 },
  };
}

function window(minute: number, processes: readonly ProcessSample[], lost = 0): WindowSample {
  return { from: minute * 60_000, to: (minute + 1) * 60_000, complete: minute > 0, lost, processes };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** `window process syscall calls` of every row, by name. */
function rows(data: Uint8Array): string[] {
  const { counts, processes, syscalls, containers } = readRecording(data);
  return [...counts.window].map((at, row) => {
    const process = processes[counts.process[row] ?? 0];
    const container = containers[process?.container ?? 0]?.name;
    return `${at} ${container}/${process?.pid} ${syscalls[counts.syscall[row] ?? 0]} ${counts.calls[row]}`;
  });
}

it.each(['1e300', '1e999', '-1', '"5"'])('refuses the count %s, which no kernel counts in a window', (count) => {
  const lines = new RecordingLines(HEADER);
  const text = lines.header() + lines.window(window(0, [sample(7, { read: 123_456 })]));
  expect(() => readRecording(bytes(text.replace('123456', count)))).toThrow(/has a count that is none/);
});

it('begins anew who is who before that grows without end', () => {
  const lines = new RecordingLines(HEADER);
  const many = Array.from({ length: 20_000 }, (_, i) => sample(i + 1, { read: 1 }));
  const text = [
    lines.header(),
    lines.window(window(0, many)),
    lines.window(window(1, [sample(7, { write: 2 }), sample(60_000, { openat: 3 })])),
  ].join('');
  const headers = text.split('\n').filter((line) => line.startsWith('{"schema"'));
  expect(headers.length).toBe(2);
  expect(rows(bytes(text)).slice(-2)).toEqual(['1 shop/7 write 2', '1 shop/60000 openat 3']);
});

describe('a recording that was written', () => {
  const lines = new RecordingLines(HEADER);
  const other = { ...CONTAINER, id: 'def', name: 'cart' };
  const text = [
    lines.header(),
    lines.window(window(0, [sample(7, { read: 5, openat: 2 })])),
    lines.note('bpftrace was started again'),
    lines.window(window(1, [sample(7, { openat: 9 }), sample(8, { mmap: 1 }, other), sample(0, { execve: 4 })], 2)),
  ].join('');

  it('is read back as it was', () => {
    expect(isRecording(bytes(text))).toBe(true);
    const recording = readRecording(bytes(text));
    expect(recording.host).toEqual(HEADER.host);
    expect(recording.sources).toEqual(HEADER.sources);
    expect(recording.containers).toEqual([CONTAINER, other]);
    expect(recording.notes).toEqual(['bpftrace was started again']);
    expect([...recording.windows.complete]).toEqual([0, 1]);
    expect([...recording.windows.lost]).toEqual([0, 2]);
    expect(rows(bytes(text))).toEqual([
      '0 shop/7 read 5',
      '0 shop/7 openat 2',
      '1 shop/7 openat 9',
      '1 cart/8 mmap 1',
      '1 shop/0 execve 4',
    ]);
    expect([...recording.flows.window]).toEqual([0, 1, 1]);
    expect([...recording.flows.mappedBytes]).toEqual([4096, 4096, 4096]);
    // Not collected is never zero.
    expect([...recording.flows.connects]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(recording.processes[2]?.startedAt).toBeNaN();
  });

  it('loses only a last line that was cut, wherever it was cut, and says so', () => {
    const whole = text.lastIndexOf('\n', text.length - 2) + 1;
    for (let length = whole + 1; length < text.length; length++) {
      const recording = readRecording(bytes(text.slice(0, length)), 'shop.jsonl');
      expect(recording.windows.from).toHaveLength(1);
      expect(recording.notes.at(-1)).toMatch(/^shop\.jsonl: line \d+, the last, is cut off/);
    }
  });

  it('is refused with the line where it is damaged in the middle', () => {
    const damaged = text.replace('{"process":{"pid":7', '{"process":{"pid":');
    expect(() => readRecording(bytes(damaged), 'shop.jsonl')).toThrow('line 3 of shop.jsonl is no JSON');
    const missing = text
      .split('\n')
      .filter((line) => !line.includes('"pid":8'))
      .join('\n');
    expect(() => readRecording(bytes(missing))).toThrow('names a process that is not there');
    expect(() => readRecording(bytes(text.replace('syscalls@1', 'syscalls@9')))).toThrow('hemostat/syscalls@9');
    expect(() => readRecording(bytes(''))).toThrow('is empty');
    expect(() => readRecording(bytes('{"a":1}\n'))).toThrow('line 1 of the recording is no header');
  });
});

describe('recordings that were joined', () => {
  it('are one: containers and processes that come again are the same', () => {
    const first = new RecordingLines(HEADER);
    const second = new RecordingLines(HEADER);
    const a = first.header() + first.window(window(0, [sample(7, { read: 1 })]));
    const b = second.header() + second.window(window(2, [sample(9, { openat: 3 }), sample(7, { read: 2 })]));
    expect(rows(bytes(a + b))).toEqual(['0 shop/7 read 1', '1 shop/9 openat 3', '1 shop/7 read 2']);
    expect(readRecording(bytes(a + b)).containers).toHaveLength(1);
    expect(readRecording(bytes(a + b)).processes).toHaveLength(2);
  });

  it('leave out a window that overlaps, and refuse another host', () => {
    const lines = new RecordingLines(HEADER);
    const a = lines.header() + lines.window(window(3, [sample(7, { read: 1 })]));
    const recording = readRecording(bytes(a + a));
    expect(recording.windows.from).toHaveLength(1);
    expect(recording.notes).toEqual([expect.stringContaining('overlaps the one before')]);
    expect(() => readRecording(bytes(a + a.replace('node-1', 'node-2')))).toThrow('give a file per host');
  });
});

it('reads what a collector wrote on a real machine', () => {
  const recording = readRecording(readFileSync(join(import.meta.dirname, 'testdata', 'recording.jsonl')));
  expect([...recording.windows.complete]).toEqual([0, 0]);
  expect(recording.syscalls).toContain('epoll_pwait');
  expect(recording.processes.map(({ executable }) => executable)).toContain('node');
});
