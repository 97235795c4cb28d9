import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusters } from './cluster.ts';
import { FLAG } from './dump.ts';
import { readGoroutineDump } from './read.ts';

function goroutine(id: number, state: string, leaf: string, creator = 'main.main'): string {
  return `goroutine ${id} [${state}]:\nmain.${leaf}(0x${id}, {0xc000${id}, 0x2})\n\t/m.go:7 +0x1\ncreated by ${creator} in goroutine 1\n\t/m.go:2 +0x1\n`;
}

const of = (...goroutines: string[]) => clusters(readGoroutineDump(Buffer.from(goroutines.join('\n'))));

describe('clusters', () => {
  it('ignore arguments, and count waits in their classes', () => {
    const minutes = [0, 1, 4, 5, 14, 15, 59, 60, 900];
    const states = minutes.map((m) => (m === 0 ? 'chan send' : `chan send, ${m} minutes`));
    const [only, ...others] = of(...states.map((state, n) => goroutine(10 + n, state, 'send')));
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      count: 9,
      state: 'chan send',
      waits: [1, 2, 2, 2, 2],
      maxWaitMinutes: 900,
      example: 18,
    });
  });

  it('tell state, stack, creator and what the runtime found out apart; the largest comes first', () => {
    const found = of(
      goroutine(10, 'chan send', 'send'),
      goroutine(11, 'chan receive', 'send'),
      goroutine(12, 'chan send', 'other'),
      goroutine(13, 'chan send', 'send', 'main.other'),
      goroutine(14, 'chan send (leaked)', 'send'),
      goroutine(15, 'select', 'send'),
      goroutine(16, 'select (scan)', 'send'),
      goroutine(17, 'select, locked to thread', 'send'),
    );
    expect(found.map(({ count }) => count)).toEqual([3, 1, 1, 1, 1, 1]);
    expect(found[0]).toMatchObject({ state: 'select', flags: FLAG.scan | FLAG.locked });
    expect(found.map(({ example }) => example)).toEqual([15, 10, 11, 12, 13, 14]);
  });

  it('of a real dump: as many as the program parked', () => {
    for (const version of ['go1.19.13', 'go1.23.4', 'go1.27.1']) {
      const dump = readGoroutineDump(readFileSync(join(import.meta.dirname, 'testdata', version, 'debug2.txt')));
      const [first] = clusters(dump);
      expect(first).toMatchObject({ count: 37, state: 'chan send' });
      expect(dump.frames.function[dump.stackFrames[dump.stackOffsets[first?.stack ?? 0] ?? 0] ?? 0]).toBe(
        'main.(*store).send',
      );
      expect(dump.frames.function[first?.creator ?? -1]).toBe('main.spawn');
      expect(clusters(dump).reduce((sum, { count }) => sum + count, 0)).toBe(dump.count);
    }
  });
});
