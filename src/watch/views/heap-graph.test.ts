import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyseDump } from '../../diagnose/heap/analyse.ts';
import { openExecutable } from '../../evidence/binary/executable.ts';
import { readHeapDump } from '../../evidence/heapdump/read.ts';
import { runHeapProgram } from '../../testing/heapdump-lab.ts';
import { heapGraph } from '../api/contract.ts';
import { heapGraphView } from './heap-graph.ts';

const MODULE = join(import.meta.dirname, '../../diagnose/heap/testdata/holders');
const MIB = 1024 * 1024;

test('a real dump: holders, pools and channels as the program made them', async () => {
  const env = { GOMAXPROCS: '2' };
  const run = await runHeapProgram({ program: 'retention', module: MODULE, toolchain: 'local', env });
  const executable = openExecutable(run.binary);
  const dump = readHeapDump(run.dump);
  try {
    const view = heapGraph.parse(heapGraphView(await analyseDump(dump, { executable }), 'heap.dump'));
    expect(view.name).toBe('heap.dump');
    expect(view.goVersion).toMatch(/^go1\./);
    const [first] = view.holders;
    expect(first?.name).toBe('global main.cache');
    expect(Math.round((first?.bytes ?? 0) / MIB)).toBe(31);
    expect(first?.path.length).toBeGreaterThan(0);
    expect(view.holders.map(({ bytes }) => bytes)).toEqual(
      view.holders.map(({ bytes }) => bytes).sort((a, b) => b - a),
    );
    expect(view.pools[0]).toMatchObject({ name: 'sync.Pool main.buffers', objects: 40, victims: 40 });
    expect(view.channels.length).toBeGreaterThan(0);
    expect(view.heap.reachable).toBeLessThanOrEqual(view.heap.bytes);
    // The schema and nothing besides: the report embeds this as it is.
    expect(Object.keys(view.pools[0] ?? {}).sort()).toEqual(['bytes', 'largest', 'name', 'objects', 'victims']);
  } finally {
    dump.close();
    executable.close();
  }
}, 300_000);
