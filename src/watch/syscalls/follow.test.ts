import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Follower } from './follow.ts';
import { TestRecording } from './testing.ts';

let dir = '';
let path = '';
let follower: Follower;
let made: TestRecording;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hemostat-follow-'));
  path = join(dir, 'node-1.jsonl');
  follower = new Follower(path, Date.now);
  made = new TestRecording();
});
afterEach(() => {
  follower.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Begins of the windows that came, each with who called what; and the problem. */
function read(from = follower): { came: string[]; problem: string | null } {
  const came: string[] = [];
  const reading = from.read();
  for (;;) {
    const next = reading.next();
    if (next.done === true) return { came, problem: next.value };
    const { windows, counts, processes, syscalls } = next.value.recording;
    for (const [row, window] of counts.window.entries())
      came.push(
        `${windows.from[window]} ${processes[counts.process[row] ?? 0]?.pid} ${syscalls[counts.syscall[row] ?? 0]} ${counts.calls[row]}`,
      );
  }
}

function linkOf(fd: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)];
  } catch {
    return [];
  }
}

const window = (from: number, pid = 7, name = 'read') => made.window(from, [{ pid, calls: { [name]: from } }]);

test('reads what was appended since the last time, with names that were told before', () => {
  expect(read().problem).toBe(`${path} cannot be read (it is not there)`);
  writeFileSync(path, made.header() + window(1000));
  expect(read()).toEqual({ came: ['1000 7 read 1000'], problem: null });
  expect(read()).toEqual({ came: [], problem: null });
  appendFileSync(path, window(2000) + window(3000, 8, 'openat'));
  expect(read().came).toEqual(['2000 7 read 2000', '3000 8 openat 3000']);
});

test('waits for the end of a line that is half there', () => {
  const next = window(2000);
  writeFileSync(path, made.header() + window(1000) + next.slice(0, 40));
  expect(read().came).toEqual(['1000 7 read 1000']);
  appendFileSync(path, next.slice(40));
  expect(read().came).toEqual(['2000 7 read 2000']);
});

test('reads the rest of a file that was renamed, then the one that has its name', () => {
  writeFileSync(path, made.header() + window(1000));
  read();
  appendFileSync(path, window(2000));
  renameSync(path, `${path}.1`);
  expect(read()).toEqual({ came: ['2000 7 read 2000'], problem: null });
  writeFileSync(path, made.header() + window(3000));
  expect(read()).toEqual({ came: ['3000 7 read 3000'], problem: null });
});

test('begins again with a file that was copied away and made empty', () => {
  writeFileSync(path, made.header() + window(1000) + window(2000));
  read();
  copyFileSync(path, `${path}.old`);
  truncateSync(path);
  appendFileSync(path, made.header() + window(3000));
  expect(read().came).toEqual(['3000 7 read 3000']);
});

test('goes on behind a damaged window, and behind damaged names only when the collector begins anew', () => {
  const begin = made.header() + window(1000);
  const bad = window(2000).replace('"counts":[[0', '"counts":[[99');
  writeFileSync(path, begin + bad + window(3000));
  expect(read()).toEqual({
    came: ['1000 7 read 1000', '3000 7 read 3000'],
    problem: expect.stringContaining(`line 6 of ${path} names a process that is not there`),
  });
  appendFileSync(path, window(4000, 9).replace('"pid":9', '"pid":"nine"'));
  const lost = read();
  expect(lost.came).toEqual([]);
  expect(lost.problem).toMatch(/line 8 of .* has a process with pid wrong.*left out until the collector begins anew/);
  appendFileSync(path, window(5000) + made.header() + window(6000));
  expect(read()).toEqual({ came: ['6000 7 read 6000'], problem: null });
});

test('says of a file that is something else what it is not', () => {
  writeFileSync(path, 'level=info msg="started"\n');
  expect(read()).toEqual({ came: [], problem: expect.stringMatching(/line 1 of .* is no header/) });
});

test('follows every recording of a directory, also those that come later', () => {
  const all = new Follower(dir, Date.now);
  writeFileSync(path, made.header() + window(1000));
  writeFileSync(join(dir, 'notes.txt'), 'nothing of a collector');
  expect(read(all)).toEqual({ came: ['1000 7 read 1000'], problem: null });
  const other = new TestRecording();
  writeFileSync(join(dir, 'node-2.jsonl'), other.header() + other.window(1500, [{ pid: 1, calls: { write: 2 } }]));
  expect(read(all)).toEqual({ came: ['1500 1 write 2'], problem: null });
  // Closed while nothing comes, and read on when something does.
  for (let i = 0; i < 500; i++) read(all);
  expect(
    readdirSync('/proc/self/fd')
      .flatMap((fd) => linkOf(fd))
      .filter((open) => open.startsWith(dir)),
  ).toEqual([]);
  appendFileSync(path, window(2000));
  expect(read(all)).toEqual({ came: ['2000 7 read 2000'], problem: null });
  // What rotation left long ago is not read at all.
  const old = join(dir, 'node-0.jsonl');
  writeFileSync(old, new TestRecording().header() + window(1));
  utimesSync(old, 1e9, 1e9);
  expect(read(all)).toEqual({ came: [], problem: null });
  all.close();
});

test('a pipe, a directory or a device among recordings holds nothing up, and is said', () => {
  execFileSync('mkfifo', [join(dir, 'a.jsonl')]);
  mkdirSync(join(dir, 'b.jsonl'));
  symlinkSync('/dev/zero', join(dir, 'c.jsonl'));
  writeFileSync(path, made.header() + window(1000));
  const all = new Follower(dir, Date.now);
  try {
    const { came, problem } = read(all);
    expect(came).toEqual(['1000 7 read 1000']);
    expect(problem).toBe(`${join(dir, 'a.jsonl')} is no file: take it away`);
  } finally {
    all.close();
  }
});
