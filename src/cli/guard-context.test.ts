/** The line about progress, on a terminal: it must be gone before the report is printed. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openContext } from './guard-context.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What is written to a standard error that is a terminal, or none. */
function written(isTerminal: boolean): { says: string[]; restore: () => void } {
  const says: string[] = [];
  const { isTTY } = process.stderr;
  process.stderr.isTTY = isTerminal;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => says.push(String(text)) > 0);
  return { says, restore: () => Object.assign(process.stderr, { isTTY }) };
}

describe('progress', () => {
  it.each([true, false])('on a terminal (%s): one line after a second, and gone when it is cleared', (isTerminal) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { says, restore } = written(isTerminal);
    try {
      const context = openContext({ cwd: '/', offline: true, env: { HEMOSTAT_CACHE: 'off' } });
      context.progress('npm: 1 of 9 packages');
      expect(says).toEqual([]);
      vi.advanceTimersByTime(1500);
      context.progress('npm: 2 of 9 packages\u001b[31m');
      context.clear();
      context.clear();
      context.close();
      expect(says).toEqual(isTerminal ? ['\r\x1b[Knpm: 2 of 9 packages?[31m', '\r\x1b[K'] : []);
    } finally {
      restore();
    }
  });
});
