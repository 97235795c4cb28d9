import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffTop } from '../../evidence/pprof/diff-top.ts';
import { goPprof, runPprof, topTable, withFiles } from '../../evidence/pprof/go-pprof.testing.ts';
import type { Profile } from '../../evidence/pprof/profile.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import { profileFromText } from '../../evidence/pprof/testing.ts';
import { top } from '../../evidence/pprof/top.ts';
import { writeProfile } from '../../evidence/pprof/write.ts';
import { type FlameView, flame } from '../api/contract.ts';
import { flameView, SMALL } from './flame.ts';

const TESTDATA = join(import.meta.dirname, '../../evidence/pprof/testdata');

function fixture(name: string): Profile {
  return readProfile(readFileSync(join(TESTDATA, name)));
}

/** `function@file:line` of each row from the root, with the numbers that are not 0. */
function paths(view: FlameView): Record<string, Partial<Record<'head' | 'base' | 'inlined' | 'noise', number>>> {
  const found: Record<string, Partial<Record<'head' | 'base' | 'inlined' | 'noise', number>>> = {};
  const names: string[] = [];
  for (const [row, parent] of view.parent.entries()) {
    const name = view.strings[view.function[row] ?? 0] ?? '';
    names.push(parent < 0 ? name : `${names[parent]} > ${name}:${view.line[row]}`);
    const numbers = {
      head: view.head_cum[row] ?? 0,
      base: view.base_cum[row] ?? 0,
      inlined: view.inlined[row] ?? 0,
      noise: view.noise[row] ?? 0,
    };
    found[names[row] ?? ''] = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0));
  }
  return found;
}

/** Flat and cum per function and line, recursion counted once: what `top -lines` says. */
function topOf(view: FlameView, side: 'head' | 'base'): Map<string, { flat: number; cum: number }> {
  const table = new Map<string, { flat: number; cum: number }>();
  const labels = view.parent.map((_, row) => {
    const text = (id: number | undefined): string => view.strings[id ?? 0] ?? '';
    return `${text(view.function[row])} ${text(view.file[row])}:${view.line[row]}`;
  });
  for (const [row, label] of labels.entries()) {
    if (row === 0) continue;
    const entry = table.get(label) ?? { flat: 0, cum: 0 };
    entry.flat += view[`${side}_flat`][row] ?? 0;
    let above = view.parent[row] ?? -1;
    while (above >= 0 && labels[above] !== label) above = view.parent[above] ?? -1;
    if (above < 0) entry.cum += view[`${side}_cum`][row] ?? 0;
    table.set(label, entry);
  }
  for (const [label, { flat, cum }] of table) if (flat === 0 && cum === 0) table.delete(label);
  return table;
}

function topOfProfile(profile: Profile, type: number): Map<string, { flat: number; cum: number }> {
  const rows = top(profile, type, { granularity: 'lines' });
  return new Map(rows.map(({ function: fn, file, line, flat, cum }) => [`${fn} ${file}:${line}`, { flat, cum }]));
}

const BEFORE = profileFromText(`
  inuse_objects/count inuse_space/bytes
  main.main > main.serve@server.go:12 ~> main.decode@server.go:30 | 2 4096
  main.main > main.gone@server.go:50 | 1 100
  main.main > main.serve@server.go:12 | 1 10
`);
const AFTER = profileFromText(`
  inuse_objects/count inuse_space/bytes
  main.main > main.serve@server.go:12 ~> main.decode@server.go:30 | 5 8192
  main.main > main.serve@server.go:13 | 1 7
  | 1 3
`);

describe('flameView', () => {
  it('merges by function, file and line, and keeps paths that are gone', () => {
    const view = flame.parse(flameView(AFTER, BEFORE, { headId: 'b', baseId: 'a' }));
    expect(paths(view)).toEqual({
      all: { head: 8202, base: 4206 },
      'all > main.main:1': { head: 8199, base: 4206 },
      'all > main.main:1 > main.serve:12': { head: 8192, base: 4106 },
      'all > main.main:1 > main.serve:12 > main.decode:30': { head: 8192, base: 4096, inlined: 1 },
      'all > main.main:1 > main.serve:13': { head: 7 },
      'all > main.main:1 > main.gone:50': { base: 100 },
    });
    expect(view).toMatchObject({ title: 'a → b', unit: 'bytes', sampleType: 'inuse_space', base: 'a', cutShare: 0 });
    expect(view.strings).toContain('server.go');
  });

  it('shows one profile alone, by any sample type', () => {
    const view = flame.parse(flameView(AFTER, null, { headId: 'b', sampleType: 'inuse_objects' }));
    expect(view).toMatchObject({ title: 'b', unit: 'count', base: null });
    expect(view.head_cum[0]).toBe(7);
    expect(view.base_cum.every((value) => value === 0)).toBe(true);
    expect(view.sampleTypes.map(({ type }) => type)).toEqual(['inuse_objects', 'inuse_space']);
  });

  it('says which sample types there are when asked for another', () => {
    expect(() => flameView(AFTER, null, { headId: 'b', sampleType: 'cpu' })).toThrow(
      'there is no sample type "cpu"; there are inuse_objects, inuse_space',
    );
  });

  it.each(['go1.19', 'go1.27'])('has the numbers of top and of diff: %s', (version) => {
    for (const name of ['heap', 'goroutine', 'cpu', 'mutex']) {
      const profile = fixture(`${version}/${name}.pb.gz`);
      for (const [type, { type: sampleType }] of profile.sampleTypes.entries()) {
        const view = flameView(profile, null, { headId: name, sampleType });
        expect(topOf(view, 'head')).toEqual(topOfProfile(profile, type));
      }
    }
    const [base, head] = [fixture('go1.19/heap.pb.gz'), fixture('go1.27/heap.pb.gz')];
    const view = flameView(head, base, { headId: 'h', baseId: 'b', sampleType: 'inuse_space' });
    const [before, after] = [topOf(view, 'base'), topOf(view, 'head')];
    for (const row of diffTop(base, head, 3, { granularity: 'lines' })) {
      const label = `${row.function} ${row.file}:${row.line}`;
      expect([before.get(label)?.flat ?? 0, after.get(label)?.flat ?? 0]).toEqual([row.before, row.after]);
    }
  });

  it.runIf(goPprof !== '')('has the numbers of go tool pprof -base, line by line', () => {
    const [base, head] = [fixture('go1.19/heap.pb.gz'), fixture('go1.27/heap.pb.gz')];
    const flags = ['-top', '-lines', '-unit=B', '-nodefraction=0', '-edgefraction=0', '-sample_index=alloc_space'];
    const said = withFiles([writeProfile(base), writeProfile(head)], ([basePath = '', headPath = '']) =>
      runPprof([...flags, `-base=${basePath}`, headPath]),
    );
    const theirs = topTable(said).map((line) => {
      const [flat = '', , , cum = '', , ...label] = line.trim().split(/\s+/);
      return [label.join(' '), { flat: Number.parseFloat(flat), cum: Number.parseFloat(cum) }] as const;
    });
    const view = flameView(head, base, { headId: 'h', baseId: 'b', sampleType: 'alloc_space' });
    const [before, after] = [topOf(view, 'base'), topOf(view, 'head')];
    const ours = new Map<string, { flat: number; cum: number }>();
    for (const label of new Set([...before.keys(), ...after.keys()])) {
      const [from, to] = [before.get(label), after.get(label)];
      const change = { flat: (to?.flat ?? 0) - (from?.flat ?? 0), cum: (to?.cum ?? 0) - (from?.cum ?? 0) };
      if (change.flat !== 0 || change.cum !== 0) ours.set(label, change);
    }
    expect(theirs.length).toBeGreaterThan(20);
    expect(new Map(theirs.filter(([, { flat, cum }]) => flat !== 0 || cum !== 0))).toEqual(ours);
  });

  it('says how sure a row of a sampled heap is, and that goroutines are counted', () => {
    const rate = { periodType: { type: 'space', unit: 'bytes' }, period: 524_288 };
    const picture = (objects: number): Profile =>
      profileFromText(
        `alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes
        main.main > main.small | ${objects} ${objects * 1024} ${objects} ${objects * 1024}
        main.main > main.large | 2 ${2 ** 26} 2 ${2 ** 26}`,
        rate,
      );
    const noiseOf = (type: string): Record<string, number | undefined> => {
      const view = flameView(picture(20_000), picture(10_000), { headId: 'h', baseId: 'b', sampleType: type });
      return Object.fromEntries(
        Object.entries(paths(view)).map(([name, { noise }]) => [name.split(' ').at(-1), noise]),
      );
    };
    // n(1−p)/p² objects, p = 1 − e^(−1024/524288); both profiles for what is in use, only the later for what was allocated.
    const p = 1 - Math.exp(-1 / 512);
    const sigma = (n: number): number => Math.sqrt((n * (1 - p)) / p);
    expect(noiseOf('inuse_objects')['main.small:1']).toBe(Math.round(sigma(30_000)));
    expect(noiseOf('alloc_objects')['main.small:1']).toBe(Math.round(sigma(10_000)));
    expect(noiseOf('inuse_space')['main.small:1']).toBe(Math.round(1024 * sigma(30_000)));
    // Whoever is larger than the rate by far is in every profile.
    expect(noiseOf('inuse_space')['main.large:1']).toBeUndefined();
    const goroutines = flameView(fixture('go1.27/goroutine.pb.gz'), null, { headId: 'g' });
    expect(goroutines.noise.every((value) => value === 0)).toBe(true);
  });

  it('sums small rows so that the answer stays bounded, and loses nothing', () => {
    const lines: string[] = [];
    for (let i = 0; i < 3000; i++)
      lines.push(`main.main > main.f${i % 50} > main.g${i} | 1 ${i < 100 ? 1_000_000 : 10}`);
    const profile = profileFromText(`inuse_objects/count inuse_space/bytes\n${lines.join('\n')}`);
    const whole = flameView(profile, null, { headId: 'h' });
    const view = flameView(profile, null, { headId: 'h', maxRows: 400 });
    expect(whole.parent.length).toBe(3052);
    expect(view.parent.length).toBeLessThanOrEqual(400);
    expect(view.parent.length).toBe(1 + 1 + 50 + 100 + 50);
    expect(view.cutShare).toBeGreaterThan(0);
    expect(view.head_cum[0]).toBe(whole.head_cum[0]);
    expect(view.head_flat.reduce((a, b) => a + b)).toBe(whole.head_cum[0]);
    const small = view.function.flatMap((name, row) => (view.strings[name] === SMALL ? [row] : []));
    expect(small.length).toBe(50);
    expect(small.map((row) => view.head_cum[row]).reduce((a = 0, b = 0) => a + b)).toBe(2900 * 10);
    for (const [row, parent] of view.parent.entries()) expect(parent).toBeLessThan(row);
  });
});
