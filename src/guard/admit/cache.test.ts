import { describe, expect, test } from 'vitest';
import { type CacheOptions, VerdictCache } from './cache.ts';

/** A cache with a clock of its own, and loads that are answered by hand. */
function lab(changes: Partial<CacheOptions<string>> = {}) {
  let now = 1_000_000;
  const refreshes: string[] = [];
  const cache = new VerdictCache<string>({
    entries: 3,
    concurrency: 2,
    groupOf: (key) => key.replace(/\/.*$/, ''),
    freshMs: 1000,
    staleMs: 5000,
    refusedMs: 100,
    unreachableMs: 50,
    now: () => now,
    random: () => 0.5,
    good: (value) => value.startsWith('good'),
    onRefresh: (outcome) => refreshes.push(outcome),
    ...changes,
  });
  const loads: string[] = [];
  const get = (key: string, value: string | Error = `good ${key}`, atMostMs?: number) =>
    cache.get(
      key,
      async () => {
        loads.push(key);
        if (value instanceof Error) throw value;
        return value;
      },
      atMostMs,
    );
  const pass = (ms: number): void => {
    now += ms;
  };
  return { cache, get, loads, refreshes, pass };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('VerdictCache', () => {
  test('looks once for those who ask at the same time', async () => {
    const { get, loads } = lab();
    const answers = await Promise.all([get('a'), get('a'), get('a')]);
    expect(loads).toEqual(['a']);
    expect(answers.map(({ freshness }) => freshness)).toEqual(['miss', 'miss', 'miss']);
    expect(await get('a')).toMatchObject({ value: 'good a', freshness: 'hit' });
  });

  test('forgets what was used longest ago', async () => {
    const { cache, get, loads } = lab();
    for (const key of ['a', 'b', 'c', 'a', 'd']) await get(key);
    expect(cache.size).toBe(3);
    loads.length = 0;
    for (const key of ['a', 'c', 'd']) await get(key);
    expect(loads).toEqual([]);
    await get('b');
    expect(loads).toEqual(['b']);
  });

  test('renews before it is old what was asked for since, and only that', async () => {
    const { cache, get, loads, refreshes, pass } = lab();
    await get('used');
    await get('used');
    await get('unused');
    loads.length = 0;
    pass(790);
    cache.sweep();
    expect(loads).toEqual([]);
    pass(20);
    cache.sweep();
    await settled();
    expect(loads).toEqual(['used']);
    expect(refreshes).toEqual(['renewed']);
    pass(300);
    expect(await get('used')).toMatchObject({ freshness: 'hit' });
  });

  test('answers with what is old while it looks again, up to its limit', async () => {
    const { get, loads, pass } = lab();
    await get('a');
    pass(1500);
    loads.length = 0;
    expect(await get('a', 'good new')).toMatchObject({ value: 'good a', freshness: 'stale' });
    await settled();
    expect(loads).toEqual(['a']);
    expect(await get('a')).toMatchObject({ value: 'good new', freshness: 'hit' });
    pass(5001);
    await expect(get('a', new Error('away'))).rejects.toThrow('away');
  });

  test('keeps what is known while nobody answers, and asks less and less often', async () => {
    const { cache, get, loads, refreshes, pass } = lab();
    await get('a');
    pass(1200);
    loads.length = 0;
    for (let i = 0; i < 200; i++) {
      expect(await get('a', new Error('away'))).toMatchObject({ value: 'good a' });
      cache.sweep();
      await settled();
      pass(10);
    }
    expect(refreshes.every((outcome) => outcome === 'failed')).toBe(true);
    expect(loads.length).toBeGreaterThan(3);
    expect(loads.length).toBeLessThan(12);
  });

  test('takes a refusal at once when it renews', async () => {
    const { get, refreshes, pass } = lab();
    await get('a');
    pass(1200);
    await get('a', 'bad: the signature is gone');
    await settled();
    expect(refreshes).toEqual(['refused']);
    expect(await get('a')).toMatchObject({ value: 'bad: the signature is gone' });
  });

  test('remembers refusals and failures for a moment only', async () => {
    const { get, loads, pass } = lab();
    await get('a', 'bad');
    expect(await get('a')).toMatchObject({ value: 'bad', freshness: 'hit' });
    pass(101);
    expect(await get('a')).toMatchObject({ value: 'good a', freshness: 'miss' });
    loads.length = 0;
    await expect(get('b', new Error('away'))).rejects.toThrow('away');
    await expect(get('b')).rejects.toThrow('away');
    expect(loads).toEqual(['b']);
    pass(51);
    expect(await get('b')).toMatchObject({ value: 'good b' });
  });

  test('looks again for who will not have what is old', async () => {
    const { get, pass } = lab();
    await get('a', 'good but not enough');
    pass(60);
    expect(await get('a', 'good now', 100)).toMatchObject({ value: 'good but not enough' });
    expect(await get('a', 'good now', 50)).toMatchObject({ value: 'good now', freshness: 'miss' });
  });

  test('looks at no more at the same time than it may', async () => {
    const { cache } = lab({ entries: 100 });
    let running = 0;
    let most = 0;
    const load = async () => {
      most = Math.max(most, ++running);
      await settled();
      running--;
      return 'good';
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => cache.get(`one/${i}`, load)));
    expect(most).toBe(2);
  });

  test('does not wait for a registry that hangs to ask another', async () => {
    const { cache, get } = lab();
    for (let i = 0; i < 258; i++) cache.get(`hangs/${i}`, () => new Promise(() => undefined));
    await expect(get('hangs/more')).rejects.toThrow('too many looks wait for hangs');
    expect(await get('answers/1')).toMatchObject({ value: 'good answers/1' });
  });

  test('takes nothing for young because the clock was set back', async () => {
    const { get, loads, pass } = lab();
    await get('a');
    pass(-3_600_000);
    await get('a');
    expect(loads).toEqual(['a', 'a']);
  });
});
