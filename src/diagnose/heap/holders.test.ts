/** Pools, channels and globals of a real dump, against numbers that are in the program's source. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openExecutable } from '../../evidence/binary/executable.ts';
import { readHeapDump } from '../../evidence/heapdump/read.ts';
import { hasToolchain, runHeapProgram } from '../../testing/heapdump-lab.ts';
import { analyseDump, type HeapReport } from './analyse.ts';
import { heapLedger } from './heap-ledger.ts';
import { poolName } from './holder-findings.ts';

const MODULE = join(import.meta.dirname, 'testdata', 'holders');
const TOOLCHAINS = ['go1.19.13', 'go1.23.4', 'go1.26.8', 'go1.27.1'].filter((toolchain) => hasToolchain(toolchain));
/** With more than four processors the array of caches begins with its type (Go 1.22 and later). */
const RUNS = TOOLCHAINS.flatMap((toolchain) => [
  { toolchain, processors: '2' },
  { toolchain, processors: '6' },
]);

async function report(toolchain: string, processors: string): Promise<HeapReport> {
  const run = await runHeapProgram({
    program: 'retention',
    module: MODULE,
    toolchain,
    env: { GOMAXPROCS: processors },
  });
  // Names are read when they are asked for: the executable stays open as long as the test runs.
  return analyseDump(readHeapDump(run.dump), { executable: openExecutable(run.binary) });
}

const MIB = 1024 * 1024;

describe.each(RUNS)('$toolchain on $processors processors', ({ toolchain, processors }) => {
  test('pools hold what was put into them', async () => {
    const found = await report(toolchain, processors);
    const pools = found.pools.map((pool) => ({
      name: poolName(found, found.names, pool),
      objects: pool.objects.length,
      finalized: pool.finalized.length,
      mib: Math.round(pool.holds.bytes / MIB),
      largest: Math.round(pool.largest.bytes / MIB),
    }));
    expect(pools).toHaveLength(3);
    // 39 × 4 KiB and one of 8 MiB; 10 × 300,000 bytes in whole pages; two of 100 bytes.
    expect(pools[0]).toEqual({ name: 'sync.Pool main.buffers', objects: 40, finalized: 0, mib: 8, largest: 8 });
    expect(pools[1]).toMatchObject({ objects: 10, finalized: 0, mib: 3, largest: 0 });
    expect(pools[1]?.name).toMatch(/^a sync\.Pool in /);
    expect(pools[2]).toEqual({ name: 'sync.Pool main.resources', objects: 2, finalized: 2, mib: 0, largest: 0 });
    expect(found.pools.flatMap((pool) => pool.objects).every(({ victim }) => victim)).toBe(true);
  }, 300_000);

  test('findings say which pool pins memory, which has finalizers, which global retains', async () => {
    const { findings } = await report(toolchain, processors);
    const titles = (rule: string) => findings.filter((finding) => finding.rule === rule).map(({ title }) => title);
    expect(titles('pool-pinned')[0]).toMatch(/^sync\.Pool main\.buffers keeps 8\.\d MiB in 40 idle objects/);
    expect(titles('pool-object-with-finalizer')).toEqual([
      '2 objects in sync.Pool main.resources have finalizers, which run when the pool drops them',
    ]);
    const [global] = findings.filter(({ rule }) => rule === 'global-retains');
    expect(global?.title).toMatch(/^global main\.cache retains 31\.\d MiB/);
    expect(global?.verdict).toBe('suspected');
    expect(titles('channel-full-abandoned')).toHaveLength(1);
    expect(titles('channel-full-abandoned')[0]).toMatch(
      /^6 channels of \[16\]uint8 full with 4 values each are abandoned: .* 6 goroutines wait to send at main\.abandon\.func1/,
    );
    expect(findings[0]).toMatchObject({ rule: 'goroutine-blocked-send', verdict: 'proven', count: 6 });
  }, 300_000);

  test('the census has each channel with what is in it', async () => {
    const found = await report(toolchain, processors);
    const rows = found.channels.channels.map((channel) => {
      const element = found.names.type(channel.elemType);
      return `${element} ${channel.length}/${channel.capacity}${channel.closed ? ' closed' : ''} ${channel.holder} ${channel.senders.length}`;
    });
    expect(rows).toContain('int64 5/5 live 0');
    expect(rows).toContain('*int 3/8 live 0');
    expect(rows).toContain('string 1/3 closed live 0');
    expect(rows.filter((row) => row === '[16]uint8 4/4 leaked 1')).toHaveLength(6);
  }, 300_000);

  test('MemStats and the objects agree within what the dump itself allocates', async () => {
    const found = await report(toolchain, processors);
    const ledger = heapLedger(found.dump, found.heap);
    expect(Math.abs(ledger?.swept ?? Number.POSITIVE_INFINITY)).toBeLessThan(0.01 * found.heap.bytes);
    expect(found.heap.reachable).toBeLessThanOrEqual(found.heap.bytes);
    expect(found.heap.reachable).toBeGreaterThan(0.95 * found.heap.bytes);
  }, 300_000);
});
