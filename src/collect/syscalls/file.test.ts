import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordingFile } from './file.ts';
import { groupId } from './group.ts';

let directory = '';
let now = Date.UTC(2026, 10, 23, 8);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hemostat-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function open(out: string, options: Partial<ConstructorParameters<typeof RecordingFile>[0]> = {}): RecordingFile {
  const never = Number.POSITIVE_INFINITY;
  return new RecordingFile({ out, rotateMs: never, rotateBytes: never, keep: never, now: () => now, ...options });
}

describe('a recording’s file', () => {
  it('is for its owner only, and is appended to after its last whole line', () => {
    const path = join(directory, 'a.jsonl');
    const first = open(path);
    first.append('one\ntwo\nthr');
    first.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const second = open(path);
    expect(second.cut).toBe(3);
    second.append('four\n');
    second.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nfour\n');
  });

  it('is no link and no pipe that somebody put there', () => {
    const elsewhere = join(directory, 'elsewhere');
    symlinkSync(elsewhere, join(directory, 'link.jsonl'));
    expect(() => open(join(directory, 'link.jsonl'))).toThrow(/link\.jsonl is a link; name the file that it leads to/);
    expect(existsSync(elsewhere)).toBe(false);
    execFileSync('mkfifo', [join(directory, 'pipe.jsonl')]);
    expect(() => open(join(directory, 'pipe.jsonl'))).toThrow(/pipe\.jsonl is no file/);
  });

  it('may be read by a group that is named, with what it is rotated to and the directories it makes', () => {
    const group = process.getgid?.() ?? 0;
    const modeOf = (path: string) => [statSync(path).mode & 0o777, statSync(path).gid];
    const out = `${join(directory, 'a', 'b')}/`;
    const file = open(out, { group });
    const first = file.path;
    now += 1;
    file.rotate();
    file.close();
    expect([first, file.path].map(modeOf)).toEqual([
      [0o640, group],
      [0o640, group],
    ]);
    expect([join(directory, 'a'), out].map(modeOf)).toEqual([
      [0o750, group],
      [0o750, group],
    ]);
    expect(modeOf(directory)[0], 'what was there stays as it was').toBe(0o700);
    const alone = join(directory, 'alone.jsonl');
    open(alone).close();
    open(alone, { group }).close();
    expect(modeOf(alone)).toEqual([0o640, group]);
  });

  it('knows groups by number, and by name where the machine has them', () => {
    const file = join(directory, 'group');
    writeFileSync(file, 'root:x:0:\nwatch:x:990:a,b\nbroken\nother:x::\n');
    expect(['990', 'watch', 'root', 'broken', 'other', 'wat', ''].map((name) => groupId(name, file))).toEqual([
      ...[990, 990, 0, null, null, null, null],
    ]);
  });

  it('is rotated by size and time, and only so many are kept', () => {
    const path = join(directory, 'a.jsonl');
    const file = open(path, { rotateBytes: 10, rotateMs: 60_000, keep: 2 });
    for (let i = 0; i < 5; i++) {
      expect(file.due()).toBe(false);
      if (i % 2 === 0) file.append(`line ${i} and more\n`);
      now += i % 2 === 0 ? 1000 : 60_000;
      expect(file.due()).toBe(true);
      file.rotate();
    }
    file.append('last\n');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('last\n');
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('is a new one per start in a directory, where nothing else is removed', () => {
    const out = join(directory, 'recordings');
    mkdirSync(out);
    writeFileSync(join(out, 'syscalls-mine.jsonl'), 'keep me');
    for (let i = 0; i < 4; i++) {
      const file = open(out, { keep: 2, rotateMs: 1000 });
      file.append('x\n');
      now += 1000;
      file.rotate();
      file.close();
      now += 1000;
    }
    expect(readdirSync(out)).toHaveLength(3);
    expect(readdirSync(out)).toContain('syscalls-mine.jsonl');
  });

  it('says where it cannot be', () => {
    expect(() => open(join(directory, 'none', 'a.jsonl'))).toThrow(/none\/a\.jsonl cannot be written: it is not there/);
  });
});
