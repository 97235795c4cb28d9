import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { align } from './align.ts';
import { filterByName, type NameFilter } from './filter.ts';
import { goPprof, ourTopTable, runPprof, topTable, withFiles } from './go-pprof.testing.ts';
import { labelsOf } from './label-sets.ts';
import { merge } from './merge.ts';
import { buildNodes } from './nodes.ts';
import type { Profile } from './profile.ts';
import { pruneUninteresting } from './prune.ts';
import { readProfile } from './read.ts';
import { compileRegex } from './regex.ts';
import { chooseSampleType, profileTotal } from './sample-type.ts';
import { type SubtractOptions, subtract } from './subtract.ts';
import { profileFromText } from './testing.ts';
import { type TopOptions, top } from './top.ts';
import { writeProfile } from './write.ts';

const testdata = join(import.meta.dirname, 'testdata');

function fixture(name: string): Uint8Array {
  return readFileSync(join(testdata, name));
}

/** Recursion, inlining, files of one name, unsymbolised addresses, negative and cancelling values, labels, an empty stack. */
const ODD = profileFromText(`
  samples/count cpu/nanoseconds
  main.main > main.run@/a/./run.go:10 ~> main.tiny@/a/b/../tiny.go:3 | 2 20000000 | tenant=a size:bytes=512
  main.main > main.run@/a/run.go:11 > main.run@/a/run.go:11 > main.run@/a/run.go:12 | 3 30000000 | tenant=b tenant=c
  main.main > 0x401234 > main.leaf | 1 10000000
  main.main > 0x401235 | 4 45000000
  main.other@/a/run.go:10 > main.tiny@/a/tiny.go:3 | -2 -5000000
  main.main > main.gone | 5 7
  main.main > main.gone | -5 -7
  runtime.main > runtime.mallocgc > main.under | 1 1000
  main.main > runtime.mallocgc ~> main.inlined > main.under2 | 1 2000
  main.main > malloc > inner.malloc | 1 4000
  | 9 90000000
`);

const PRUNED: Profile = { ...ODD, dropFrames: 'runtime\\.m.*|malloc|.*inlined', keepFrames: 'runtime\\.main' };

const sources: readonly (readonly [string, Uint8Array])[] = [
  ...['go1.19', 'go1.27'].flatMap((version) =>
    ['cpu', 'heap', 'goroutine', 'mutex', 'block'].map((kind): [string, Uint8Array] => {
      const name = `${version}/${kind}.pb.gz`;
      return [name, fixture(name)];
    }),
  ),
  ['odd', writeProfile(ODD)],
  ['odd with drop_frames', writeProfile(PRUNED)],
  ['odd with a default', writeProfile({ ...ODD, defaultSampleType: 'samples' })],
];

interface Case {
  readonly flags: readonly string[];
  readonly top?: TopOptions;
  readonly filter?: Readonly<Record<string, string>>;
  readonly sampleType?: string;
}

const cases: readonly Case[] = [
  { flags: [] },
  { flags: ['-cum'], top: { sort: 'cum' } },
  { flags: ['-lines'], top: { granularity: 'lines' } },
  { flags: ['-files'], top: { granularity: 'files' } },
  { flags: ['-filefunctions'], top: { granularity: 'filefunctions' } },
  { flags: ['-addresses'], top: { granularity: 'addresses' } },
  { flags: ['-noinlines'], top: { noInlines: true } },
  { flags: ['-lines', '-noinlines', '-cum'], top: { granularity: 'lines', noInlines: true, sort: 'cum' } },
  { flags: ['-sample_index=0'], sampleType: '0' },
  { flags: ['-focus=tiny|alloc|Lock'], filter: { focus: 'tiny|alloc|Lock' } },
  { flags: ['-ignore=run|stuck|put'], filter: { ignore: 'run|stuck|put' } },
  { flags: ['-hide=^runtime|tiny'], filter: { hide: '^runtime|tiny' } },
  { flags: ['-show=main\\.'], filter: { show: 'main\\.' } },
  {
    flags: ['-focus=(?i)MAIN', '-ignore=leaf$', '-hide=\\.run'],
    filter: { focus: '(?i)MAIN', ignore: 'leaf$', hide: '\\.run' },
  },
  { flags: ['-focus=bin/service'], filter: { focus: 'bin/service' } },
  { flags: ['-hide=svc/main.go', '-lines'], filter: { hide: 'svc/main.go' }, top: { granularity: 'lines' } },
];

function outputUnit(unit: string): string {
  return unit === 'bytes' ? 'B' : unit === 'nanoseconds' ? 'ns' : 'minimum';
}

function matchers(filter: Readonly<Record<string, string>>): NameFilter {
  return Object.fromEntries(Object.entries(filter).map(([key, pattern]) => [key, compileRegex(pattern)]));
}

function ours(
  profile: Profile,
  { top: options = {}, filter = {}, sampleType }: Case,
): { table: string[]; unit: string } {
  const index = chooseSampleType(profile, sampleType);
  const unit = profile.sampleTypes[index]?.unit ?? '';
  const rows = top(filterByName(profile, matchers(filter)), index, options);
  const out = outputUnit(unit);
  return { unit, table: ourTopTable(rows, unit, out === 'minimum' ? 'auto' : out, profileTotal(profile, index)) };
}

function theirs(files: readonly string[], unit: string, flags: readonly string[]): string[] {
  return topTable(
    runPprof(['-top', '-nodefraction=0', `-unit=${outputUnit(unit)}`, '-source_path=/nowhere', ...flags, ...files]),
  );
}

describe.skipIf(goPprof === '')('top, against go tool pprof -top', () => {
  describe.each(sources)('%s', (_, bytes) => {
    it.each(cases.map((one) => [one.flags.join(' ') || 'no flags', one] as const))('%s', (_, one) => {
      const { table, unit } = ours(pruneUninteresting(readProfile(bytes)), one);
      // Our rows per file are whole files; go tool pprof splits them by the functions' first lines where it has them.
      const input = one.top?.granularity === 'files' ? writeProfile(withoutStartLines(readProfile(bytes))) : bytes;
      withFiles([input], (files) => expect(table).toEqual(theirs(files, unit, one.flags)));
    });
  });
});

describe.skipIf(goPprof === '')('values in the unit that suits each, against go tool pprof -unit=auto', () => {
  it.each(sources)('%s', (_, bytes) => {
    const profile = pruneUninteresting(readProfile(bytes));
    const index = chooseSampleType(profile);
    const unit = profile.sampleTypes[index]?.unit ?? '';
    const table = ourTopTable(top(profile, index), unit, 'auto', profileTotal(profile, index));
    const theirTable = withFiles([bytes], (files) =>
      topTable(runPprof(['-top', '-nodefraction=0', '-unit=auto', ...files])),
    );
    expect(table).toEqual(theirTable);
  });
});

function withoutStartLines(profile: Profile): Profile {
  const { functions } = profile;
  return { ...profile, functions: { ...functions, startLine: new Int32Array(functions.count) } };
}

const pairs: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
  ['heap', fixture('go1.27/heap.pb.gz'), fixture('go1.26/heap.pb.gz')],
  ['cpu', fixture('go1.27/cpu.pb.gz'), fixture('go1.23/cpu.pb.gz')],
  ['itself', fixture('go1.27/mutex.pb.gz'), fixture('go1.27/mutex.pb.gz')],
  ['odd and pruned', writeProfile(ODD), writeProfile(PRUNED)],
  [
    'moved binary, other unit, one type more',
    writeProfile(profileFromText('a/count t/nanoseconds\nmain.a > main.b | 1 5000\nmain.a | 2 7000')),
    writeProfile(profileFromText('t/microseconds a/count x/count\nmain.a > main.b | 2 1 1\nmain.c | 4 2 1')),
  ],
];

const differences: readonly (readonly [string, SubtractOptions, string[]])[] = [
  ['-base', { mode: 'base' }, ['-base=']],
  ['-diff_base', { mode: 'diff-base' }, ['-diff_base=']],
  ['-base -normalize', { mode: 'base', normalize: true }, ['-normalize', '-base=']],
];

describe.skipIf(goPprof === '')('two profiles, against go tool pprof', () => {
  describe.each(pairs)('%s', (_, one, other) => {
    it.each(
      differences.filter(([, { normalize }]) => normalize !== true || _ !== 'moved binary, other unit, one type more'),
    )('%s', (_, options, flags) => {
      const difference = pruneUninteresting(subtract(readProfile(one), readProfile(other), options));
      const { table, unit } = ours(difference, { flags: [] });
      withFiles([one, other], ([file = '', base = '']) => {
        const withBase = flags.map((flag) => (flag.endsWith('=') ? flag + base : flag));
        expect(table).toEqual(theirs([file], unit, withBase));
      });
    });

    it('merged', () => {
      const { table, unit } = ours(pruneUninteresting(merge(align([readProfile(one), readProfile(other)]))), {
        flags: [],
      });
      withFiles([one, other], (files) => expect(table).toEqual(theirs(files, unit, [])));
    });
  });
});

/** What -traces prints per sample: labels, value, names; the layout and the marks for inlining aside. */
function traces(profile: Profile): string[] {
  const nodes = buildNodes(profile);
  const { samples } = profile;
  return Array.from({ length: samples.count }, (_, s) => {
    const stack = samples.stackLocations.subarray(samples.stackOffsets[s], samples.stackOffsets[s + 1]);
    const names = Array.from(stack, (l) =>
      Array.from(nodes.locationNodes.subarray(nodes.offsets[l], nodes.offsets[l + 1]), (n) => nodes.label[n]),
    ).flat();
    const labels = new Map<string, string[]>();
    for (const { key, str } of labelsOf(profile, s)) {
      if (str !== undefined) labels.set(key, [...(labels.get(key) ?? []), str]);
    }
    const shown = [...labels].map(([key, list]) => `${key}:  ${list.join(' ')}`).sort();
    return names.length === 0 ? '' : [...shown, ...names].join('\n');
  }).filter((trace) => trace !== '');
}

describe.skipIf(goPprof === '')('stacks and labels, against go tool pprof -traces', () => {
  it.each(sources)('%s', (_, bytes) => {
    const output = withFiles([bytes], (files) => runPprof(['-traces', '-unit=minimum', ...files]));
    const theirTraces = output
      .split(/^-----------\+-+\n/m)
      .slice(1, -1)
      .map((trace) =>
        trace
          .trimEnd()
          .split('\n')
          // Number labels are printed with units that have nothing to do with the stack; values are checked above.
          .filter((line) => !/^ *(bytes|size): {2}/.test(line))
          .map((line) => (/^ *[^ ]+: {2}/.test(line) ? line.trim() : line.slice(13).replace(/ \(inline\)$/, '')))
          .join('\n'),
      );
    expect(traces(pruneUninteresting(readProfile(bytes)))).toEqual(theirTraces);
  });
});
