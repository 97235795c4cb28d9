import { afterEach, expect, it } from 'vitest';
import type { SyscallSeries } from '../../diagnose/syscall-series.ts';
import { ProfileBuilder } from '../../evidence/pprof/builder.ts';
import { writeProfile } from '../../evidence/pprof/write.ts';
import { perFlow } from '../../evidence/syscalls/flows.ts';
import type { CaptureSummary } from '../model.ts';
import { Analysis } from './analysis.ts';
import type { Analyst } from './analyst.ts';
import { recordedInputs, twiceRecorded } from './testing.ts';
import { startAnalyst, type ThreadOptions } from './thread.ts';

let analyst: Analyst | null = null;

afterEach(async () => {
  await analyst?.close();
  analyst = null;
});

function start(options: ThreadOptions): Analyst {
  analyst = startAnalyst(options);
  return analyst;
}

/** A profile whose names alone need more memory than the thread has. */
function hostile(): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
  });
  for (let i = 0; i < 40_000; i++) {
    const fn = builder.fn({ name: `example.com/${'x'.repeat(1500)}${i}.F`, filename: `/src/${i}.go` });
    builder.sample([builder.location(BigInt(4096 + i), [{ fn, line: 1 }])], [1, 1024]);
  }
  return writeProfile(builder.finish());
}

it('gives the answer that the analysis gives', async () => {
  const thread = start({});
  const here = new Analysis();
  const expected = recordedInputs().map((input) => here.analyse(input));
  for (const [i, input] of recordedInputs().entries())
    expect(JSON.stringify(await thread.analyse(input))).toBe(JSON.stringify(expected[i]));
});

it('outlives a capture that its thread does not survive, and asks again for what the thread knew', async () => {
  const failures: string[] = [];
  const recalled: string[] = [];
  const stored: CaptureSummary[] = [];
  const thread = start({
    heapMb: 32,
    onFailure: (says) => failures.push(says),
    recall: async (target) => {
      recalled.push(target);
      return stored;
    },
  });
  const [first, second] = recordedInputs();
  if (first === undefined || second === undefined) throw new Error('no recording');
  const before = await thread.analyse(first);
  stored.push(before.summary);
  const parts = [{ kind: 'heap' as const, bytes: hostile() }];
  const [dead, after] = await Promise.all([
    thread.analyse({ ...first, target: 'hostile', capture: 'h', parts }),
    thread.analyse(second),
  ]);
  expect(dead).toMatchObject({ windows: [], summary: { capture: 'h', heap: null } });
  expect(dead.unreadable).toEqual([{ kind: 'heap', says: expect.stringContaining('did not survive it') }]);
  expect(failures).toEqual([expect.stringContaining('had to be replaced')]);
  expect(after.summary.heap?.sites.length).toBeGreaterThan(0);
  expect(recalled.filter((target) => target === 't')).toHaveLength(2);
}, 60_000);

it('knows what was counted before its thread had to be replaced', async () => {
  const inputs = twiceRecorded();
  const last = inputs.at(-1);
  if (last === undefined) throw new Error('no recording');
  const from = inputs.map(({ at }) => at);
  // So many that they are worth a message, and so long ago that no window has them.
  const old = Array.from({ length: 100 }, (_, i) => (from[0] ?? 0) - 100_000 + i);
  const series = (starts: readonly number[]): SyscallSeries => {
    const column = (value: number) => Float64Array.from(starts, () => value);
    const at = Float64Array.from(starts, (start) => start + 1);
    return {
      from: Float64Array.from(starts),
      at,
      lost: column(0),
      ...perFlow((field) => column(field === 'fdsOpened' ? 2 : 1)),
    };
  };
  const asked: string[] = [];
  const before = new Analysis();
  const summaries = twiceRecorded()
    .slice(0, -1)
    .map((input) => before.analyse(input).summary);
  const thread = start({
    heapMb: 32,
    recall: async () => summaries,
    recallFlows: async (target) => {
      asked.push(target);
      return series([...old, ...from.slice(0, -2)]);
    },
  });
  await thread.flows('t', series([...old, ...from.slice(0, -2)]));
  const parts = [{ kind: 'heap' as const, bytes: hostile() }];
  await thread.analyse({ ...last, target: 'hostile', capture: 'h', parts });
  await thread.flows('t', series(from.slice(-2, -1)));
  const { windows } = await thread.analyse(last);
  expect(windows.at(-1)?.legs?.syscall).toBe(from.length - 1);
  expect(asked).toEqual(['t']);
}, 60_000);

it('gives up a capture that takes too long', async () => {
  const thread = start({ timeoutMs: 1 });
  const [first] = recordedInputs();
  if (first === undefined) throw new Error('no recording');
  expect((await thread.analyse(first)).unreadable[0]?.says).toContain('took longer than');
});

it('answers what is still asked when it is closed', async () => {
  const thread = start({});
  const answers = recordedInputs().map((input) => thread.analyse(input));
  await thread.close();
  for (const { unreadable, windows } of await Promise.all(answers)) {
    expect(windows).toEqual([]);
    for (const { says } of unreadable) expect(says).toContain('being stopped');
  }
});
