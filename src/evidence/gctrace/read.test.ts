import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTraceReader, readTraceLog } from './read.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const LOGS = readdirSync(TESTDATA).filter((name) => name.endsWith('.log'));
const read = (text: string) => readTraceLog(Buffer.from(text, 'latin1'));
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

const MODERN =
  'gc 5 @0.104s 2%: 0.01+0.52+0.03 ms clock, 0.02+0.1/0.5/0.25+0.06 ms cpu, 4->5->1 MB, 6 MB goal, 7 MB stacks, 8 MB globals, 2 P';

describe.each(LOGS)('the log of %s', (name) => {
  const version = Number(/^go1\.(\d+)/.exec(name)?.[1]);
  const text = readFileSync(join(TESTDATA, name));
  const truth = JSON.parse(readFileSync(join(TESTDATA, name.replace('.log', '.json')), 'utf8'));
  const trace = readTraceLog(text);

  it('has every cycle that runtime.MemStats counted in the same process, torn lines too', () => {
    expect(trace.gc.count).toBe(truth.NumGC);
    expect([...trace.gc.cycle]).toEqual(Array.from({ length: truth.NumGC }, (_, n) => n + 1));
    expect(trace.unread.count).toBe(0);
    expect(new Set(trace.gc.procs)).toEqual(new Set([truth.GOMAXPROCS]));
  });

  it('adds up to the pauses of runtime.MemStats', () => {
    // Every number is printed with two or three significant digits.
    const paused = (sum(trace.gc.sweepTerm_ms) + sum(trace.gc.markTerm_ms)) * 1e6;
    expect(paused / truth.PauseTotalNs).toBeGreaterThan(0.9);
    expect(paused / truth.PauseTotalNs).toBeLessThan(1.1);
  });

  it('knows forced cycles', () => {
    // Up to Go 1.19 the runtime prints (forced) on more cycles than NumForcedGC counts; the text is what we read.
    expect(sum(trace.gc.forced)).toBe(text.toString().match(/ P \(forced\)/g)?.length);
    if (version >= 23) expect(sum(trace.gc.forced)).toBe(truth.NumForcedGC);
  });

  it('keeps the columns in their ranges', () => {
    expect([...trace.gc.at_s].every((at, row) => row === 0 || at >= (trace.gc.at_s[row - 1] ?? 0))).toBe(true);
    for (let row = 0; row < trace.gc.count; row++) {
      expect(trace.gc.heapEnd_MB[row]).toBeGreaterThanOrEqual(trace.gc.heapLive_MB[row] ?? 0);
      expect(trace.gc.gcCpuPercent[row]).toBeLessThanOrEqual(100);
      expect(Number.isNaN(trace.gc.stacks_MB[row])).toBe(version < 18);
      expect(text.toString('latin1', trace.gc.offset[row], (trace.gc.offset[row] ?? 0) + 3)).toBe('gc ');
    }
    expect(Math.max(...trace.gc.heapLive_MB)).toBeGreaterThanOrEqual(10); // 60 blocks of 256 KiB are held
  });

  it('reads the scavenger lines of its time', () => {
    expect(trace.scav.count).toBeGreaterThan(0);
    expect([...trace.scav.utilPercent].every((util) => util >= 0 && util <= 100)).toBe(true);
    expect(Number.isNaN(trace.scav.releasedEager_KiB[0])).toBe(version < 21);
    expect(sum(trace.scav.forced)).toBe(version < 14 ? 0 : 2); // debug.FreeOSMemory, twice
    expect(Math.max(...trace.scav.retained_KiB)).toBeGreaterThan(1000);
  });

  it('reads the same through pieces of any size', () => {
    for (const size of [1, 13, 100, 4096]) {
      const reader = createTraceReader();
      for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size));
      expect(reader.end()).toEqual(trace);
    }
  });

  it('reads the same in a container log', () => {
    const lines = text.toString('latin1').split('\n');
    const plain = readTraceLog(
      Buffer.from(lines.filter((line) => /^gc \d+ @.* P( \(forced\))?$/.test(line)).join('\n')),
    );
    const prefixed = lines
      .filter((line) => /^gc \d+ @.* P( \(forced\))?$/.test(line))
      .map((line) => `2026-05-01T10:00:00Z stderr F ${line}\r`);
    expect({ ...read(prefixed.join('\n')).gc, offset: null }).toEqual({ ...plain.gc, offset: null });
  });
});

describe('forms', () => {
  it('every number of a line has its column', () => {
    const { gc } = read(`${MODERN} (forced)\n`);
    const row = Object.fromEntries(
      Object.entries(gc).map(([name, column]) => [name, typeof column === 'number' ? column : column[0]]),
    );
    expect(row).toEqual({
      ...{ count: 1, cycle: 5, at_s: 0.104, gcCpuPercent: 2, sweepTerm_ms: 0.01, mark_ms: 0.52, markTerm_ms: 0.03 },
      ...{ heapStart_MB: 4, heapEnd_MB: 5, heapLive_MB: 1, goal_MB: 6, stacks_MB: 7, globals_MB: 8, procs: 2 },
      ...{ forced: 1, leakCheck: 0, offset: 0 },
    });
  });

  it('a check for leaked goroutines (Go 1.26)', () => {
    const { gc } = read(MODERN.replace('2%:', '2% (checking for goroutine leaks):'));
    expect([gc.count, gc.leakCheck[0], gc.procs[0]]).toEqual([1, 1, 2]);
  });

  it.each([
    ['scav 12 KiB work (bg), 3 KiB work (eager), 400 KiB now, 87% util', [12, 3, 400, 87, 0]],
    ['scav 8 KiB work, 9 KiB total, 10% util (forced)', [8, Number.NaN, 9, 10, 1]],
    ['scav 7 8 KiB work, 9 KiB total, 10% util [controller reset]', [8, Number.NaN, 9, 10, 0]],
    ['scvg4: inuse: 4, idle: 60, sys: 64, released: 3, consumed: 16 (MB)', [0, Number.NaN, 3072, 25, 0]],
    [
      'scvg-1: 2 MB released\nscvg-1: inuse: 4, idle: 60, sys: 64, released: 3, consumed: 16 (MB)',
      [2048, Number.NaN, 3072, 25, 0],
    ],
    [
      'scvg: 1 MB released\nscvg: inuse: 4, idle: 60, sys: 64, released: 3, consumed: 16 (MB)',
      [1024, Number.NaN, 3072, 25, 0],
    ],
  ])('%s', (text, expected) => {
    const { scav, unread } = read(text);
    expect([scav.count, unread.count]).toEqual([1, 0]);
    expect([
      scav.releasedBg_KiB[0],
      scav.releasedEager_KiB[0],
      scav.retained_KiB[0],
      scav.utilPercent[0],
      scav.forced[0],
    ]).toEqual(expected);
  });
});

describe('lines torn by another writer', () => {
  // The runtime writes each operand of its print on its own; another line can land between any two.
  const operands = MODERN.match(/\d+\.\d+|\d+|[^\d]+/g) ?? [];
  const whole = read(MODERN).gc;

  it.each([
    ['a log line', 'ERROR order rejected\n'],
    ['one that begins with a date', '2026/05/01 10:00:00 order 12/7 accepted\n'],
    ['two lines', '2026/05/01 10:00:00 order 12/7 accepted\n2026/05/01 10:00:01 and 3->4 more\n'],
  ])('%s, at every place', (_, noise) => {
    for (let at = 2; at < operands.length; at++) {
      const text = `${operands.slice(0, at).join('')}${noise}${operands.slice(at).join('')}\n`;
      expect([at, { ...read(text).gc }]).toEqual([at, whole]);
    }
  });

  it('several times', () => {
    const text = operands.map((operand, n) => (n > 0 && n % 12 === 0 ? `GET /orders\n${operand}` : operand)).join('');
    expect(read(text).gc).toEqual(whole);
  });

  it('a line that was cut off is counted, and does not swallow the next', () => {
    const { gc, unread } = read(`gc 4 @0.1s 2%: 0.01+0.5\n${MODERN}\ngc 6 @0.2s 2%: 0.0`);
    expect([...gc.cycle]).toEqual([5]);
    expect(unread.count).toBe(2);
    expect(unread.examples[0]).toBe('gc 4 @0.1s 2%: 0.01+0.5');
  });
});

it('a log without a trace line gives empty columns', () => {
  const { gc, scav, unread } = read('gc is fine\nscavenger 12\nlogc 5 @0.1s 2%: x\n');
  expect([gc.count, scav.count, unread.count]).toEqual([0, 0, 0]);
});
