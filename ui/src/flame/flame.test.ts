/** Everything of the flame graph that needs no browser. */
import { describe, expect, it } from 'vitest';
import type { FlameView } from '../../../src/watch/api/contract.ts';
import { changeInks, contrast, INK, packageInks, palette, type Rgb, STEPS } from './colours.ts';
import { Rects } from './rects.ts';
import { escapeSearch, parseSearch, search } from './search.ts';
import { syntheticView } from './synthetic.testing.ts';
import { sortTop, topRows } from './top.ts';
import { buildTree, layOut, rowAtPoint, step } from './tree.ts';
import { frameSentence, frameWords } from './words.ts';

type Line = readonly [path: string, after: number, before: number, more?: { noise?: number; inlined?: 1 }];

/** `a/b/c`: row by row, each with its own (flat) values; callers come before. */
function view(lines: readonly Line[], compared = true): FlameView {
  const paths = ['', ...lines.map(([path]) => path)];
  const strings = ['all', '', 'store.go'];
  const name = (path: string): number => {
    const own = path.split('/').at(-1) ?? '';
    const known = strings.indexOf(own, 3);
    return known >= 0 ? known : strings.push(own) - 1;
  };
  const parent = paths.map((path, row) => (row === 0 ? -1 : paths.indexOf(path.split('/').slice(0, -1).join('/'))));
  const up = (flat: readonly number[]): number[] =>
    flat.map((_, row) =>
      flat.reduce((sum, value, other) => {
        let at = other;
        while (at > row) at = parent[at] ?? -1;
        return at === row ? sum + value : sum;
      }, 0),
    );
  const flat = (pick: (line: Line) => number): number[] => [0, ...lines.map(pick)];
  const [head, base] = [flat(([, after]) => after), flat(([, , before]) => (compared ? before : 0))];
  return {
    title: 't',
    unit: 'bytes',
    sampleType: 'inuse_space',
    sampleTypes: [{ type: 'inuse_space', unit: 'bytes' }],
    head: 'h',
    base: compared ? 'b' : null,
    function: [0, ...lines.map(([path]) => name(path))],
    file: parent.map((above) => (above < 0 ? 1 : 2)),
    line: parent.map((_, row) => row),
    strings,
    parent,
    inlined: flat(([, , , more]) => more?.inlined ?? 0),
    head_cum: up(head),
    head_flat: head,
    base_cum: up(base),
    base_flat: base,
    noise: flat(([, , , more]) => more?.noise ?? 0),
    cutShare: 0,
  };
}

const KIB = 1024;
/** main calls: put (grew by half), get (within noise), gone (is gone), fresh (is new). */
const DIFF = buildTree(
  view([
    ['main.main', 0, 0],
    ['main.main/main.put', 60 * KIB, 40 * KIB],
    ['main.main/main.get', 11 * KIB, 10 * KIB, { noise: KIB }],
    ['main.main/main.gone', 0, 20 * KIB],
    ['main.main/main.fresh', 5 * KIB, 0],
    ['main.main/main.put/runtime.mallocgc', 4 * KIB, 4 * KIB, { inlined: 1 }],
  ]),
);

function spans(mode: Parameters<typeof layOut>[1]): Record<string, [number, number]> {
  const { tree, left, right } = layOut(DIFF, mode);
  return Object.fromEntries(
    Array.from(tree.rowAt, (row, place) => [
      tree.view.strings[tree.view.function[row] ?? 0] ?? '',
      [(left[place] ?? 0) / KIB, (right[place] ?? 0) / KIB],
    ]),
  );
}

describe('layout', () => {
  it('is as wide as the larger of before and after, largest first, so that what is gone has its place', () => {
    expect(spans('both')).toEqual({
      all: [0, 100],
      'main.main': [0, 100],
      'main.put': [0, 64],
      'main.gone': [64, 84],
      'main.get': [84, 95],
      'main.fresh': [95, 100],
      'runtime.mallocgc': [0, 4],
    });
  });

  it('separates what grew from what shrank, in the same order', () => {
    const grew = spans('grew');
    expect([grew.all, grew['main.put'], grew['main.gone']]).toEqual([
      [0, 26],
      [0, 20],
      [20, 20],
    ]);
    expect([grew['main.get'], grew['main.fresh']]).toEqual([
      [20, 21],
      [21, 26],
    ]);
    const shrank = spans('shrank');
    expect([shrank.all, shrank['main.put'], shrank['main.gone']]).toEqual([
      [0, 20],
      [0, 0],
      [0, 20],
    ]);
  });

  it('finds the row at a point, and none where there is nothing', () => {
    const layout = layOut(DIFF, 'both');
    const at = (level: number, kib: number): string => {
      const row = rowAtPoint(layout, level, kib * KIB);
      return row < 0 ? 'nothing' : frameWords(DIFF, row).name;
    };
    expect([at(0, 50), at(2, 0), at(2, 63.9), at(2, 64), at(2, 99)]).toEqual([
      ...['all', 'main.put', 'main.put', 'main.gone', 'main.fresh'],
    ]);
    expect([at(3, 3.9), at(3, 4), at(9, 1), at(-1, 1), at(2, 100)]).toEqual([
      ...['runtime.mallocgc', 'nothing', 'nothing', 'nothing', 'nothing'],
    ]);
  });

  it('moves to the caller, the largest callee and siblings, past frames without width', () => {
    const both = layOut(DIFF, 'both');
    const [main, put, gone, fresh] = [1, 2, 4, 5];
    expect([step(both, main, 'down'), step(both, put, 'up'), step(both, put, 'right')]).toEqual([put, main, gone]);
    expect([step(both, put, 'left'), step(both, fresh, 'right'), step(both, fresh, 'down')]).toEqual([
      put,
      fresh,
      fresh,
    ]);
    const grew = layOut(DIFF, 'grew');
    expect(step(grew, put, 'right')).toBe(3);
    expect(step(grew, 0, 'up')).toBe(0);
  });
});

describe('rectangles', () => {
  const tree = buildTree(syntheticView(100_000));
  const layout = layOut(tree, 'both');
  const whole = { from: 0, to: layout.total, width: 1200, firstLevel: 0, endLevel: tree.levels };

  it('of 100 000 rows are few, cover what the rows cover, and are all in sight', () => {
    const rects = new Rects();
    rects.fill(layout, whole);
    expect(rects.count).toBeGreaterThan(1000);
    expect(rects.count).toBeLessThan(2 * 1200 * tree.levels);
    for (let level = 0; level < tree.levels; level++) {
      let [drawn, real, last] = [0, 0, 0];
      for (let r = 0; r < rects.count; r++) {
        if (rects.level[r] !== level) continue;
        expect(rects.x[r] ?? 0).toBeGreaterThanOrEqual(last - 0.51);
        last = rects.x[r] ?? 0;
        drawn += rects.width[r] ?? 0;
      }
      for (let place = tree.levelStart[level] ?? 0; place < (tree.levelStart[level + 1] ?? 0); place++)
        real += (((layout.right[place] ?? 0) - (layout.left[place] ?? 0)) / layout.total) * 1200;
      expect(last).toBeLessThanOrEqual(1200);
      // What is drawn together is at least half a pixel.
      expect(drawn).toBeGreaterThanOrEqual(real - 0.6);
    }
  });

  it('has every frame of half a pixel and more by itself', () => {
    const rects = new Rects();
    rects.fill(layout, whole);
    const alone = new Set<number>();
    for (let r = 0; r < rects.count; r++) if (rects.together[r] === 0) alone.add(rects.row[r] ?? -1);
    let wide = 0;
    for (let place = 0; place < tree.count; place++) {
      const width = (((layout.right[place] ?? 0) - (layout.left[place] ?? 0)) / layout.total) * 1200;
      if (width < 0.5) continue;
      wide++;
      expect(alone.has(tree.rowAt[place] ?? 0)).toBe(true);
    }
    expect(alone.size).toBe(wide);
  });

  it('are cut to the sight when zoomed in, with the callers across all of it', () => {
    const rects = new Rects();
    const [from, to] = [layout.total * 0.3, layout.total * 0.3001];
    rects.fill(layout, { ...whole, from, to, endLevel: 2 });
    expect([rects.row[0], rects.x[0], rects.width[0]]).toEqual([0, 0, 1200]);
    for (let r = 0; r < rects.count; r++)
      expect((rects.x[r] ?? 0) + (rects.width[r] ?? 0)).toBeLessThanOrEqual(1200.01);
    rects.fill(layout, { ...whole, to: 0 });
    expect(rects.count).toBe(0);
  });
});

describe('colours', () => {
  it('tell grew, shrank, noise and unchanged apart, deeper for more', () => {
    const inks = changeInks(DIFF, 'absolute');
    const relative = changeInks(DIFF, 'relative');
    expect([inks[0], inks[3], inks[6]]).toEqual([INK.root, INK.noise, INK.neutral]);
    expect([inks[2], inks[4]]).toEqual([INK.grew + STEPS - 1, INK.shrank + STEPS - 1]);
    expect(inks[5]).toBe(INK.grew + 2);
    // Half as much again is less, beside what is new and what is gone.
    expect([relative[2], relative[5], relative[4]]).toEqual([
      INK.grew + 3,
      INK.grew + STEPS - 1,
      INK.shrank + STEPS - 1,
    ]);
  });

  it('tell the user’s code from the standard library’s, a package always in its shade', () => {
    const lines: Line[] = ['main.a', 'runtime.b', 'runtime.c', '(small)'].map((name) => [name, 1, 0]);
    const [, own, http, http2, small] = packageInks(buildTree({ ...view(lines, false), file: [1, 1, 1, 1, 1] }));
    expect(own).toBeGreaterThanOrEqual(INK.user);
    expect(own).toBeLessThan(INK.dependency);
    expect(http).toBeGreaterThanOrEqual(INK.std);
    expect(http2).toBe(http);
    expect(small).toBe(INK.small);
  });

  /** Dichromats, by Viénot, Brettel and Mollon 1999 (linear RGB). */
  const BLIND: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
    protanopia: [
      [0.11238, 0.88762, 0],
      [0.11238, 0.88762, 0],
      [0.00401, -0.00401, 1],
    ],
    deuteranopia: [
      [0.29275, 0.70725, 0],
      [0.29275, 0.70725, 0],
      [-0.02234, 0.02234, 1],
    ],
  };
  const seen = (rgb: Rgb, by: readonly (readonly [number, number, number])[]): Rgb => {
    const linear = rgb.map((part) => (part / 255) ** 2.2);
    const out = by.map((row) => row.reduce((sum, weight, i) => sum + weight * (linear[i] ?? 0), 0));
    const [r = 0, g = 0, b = 0] = out.map((part) => Math.max(0, part) ** (1 / 2.2) * 255);
    return [r, g, b];
  };
  const apart = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

  it.each([false, true])('are readable and keep apart for the colour-blind (dark: %s)', (dark) => {
    const { rgb, text } = palette(dark);
    for (const [i, fill] of rgb.entries()) {
      const [r = 0, g = 0, b = 0] = (text[i] ?? '').match(/\d+/g)?.map(Number) ?? [];
      expect(contrast(fill, [r, g, b])).toBeGreaterThanOrEqual(4.5);
    }
    for (const by of Object.values(BLIND)) {
      const at = (ink: number): Rgb => seen(rgb[ink] ?? [0, 0, 0], by);
      for (let i = 1; i < STEPS; i++) expect(apart(at(INK.grew + i), at(INK.shrank + i))).toBeGreaterThan(40);
      expect(apart(at(INK.grew + STEPS - 1), at(INK.noise))).toBeGreaterThan(60);
      expect(apart(at(INK.shrank + STEPS - 1), at(INK.noise))).toBeGreaterThan(60);
    }
  });
});

describe('search', () => {
  it('counts a match below another once, and tries files, too', () => {
    const tree = buildTree(
      view([
        ['main.a', 1, 1],
        ['main.a/main.b', 2, 1],
        ['main.a/main.b/main.a', 4, 1],
        ['main.c', 8, 1],
      ]),
    );
    const expression = parseSearch('main\\.a');
    if (!(expression instanceof RegExp)) throw new Error('no expression');
    expect(search(tree, expression)).toMatchObject({ rows: 2, head: 7, base: 3 });
    expect(search(tree, /store\.go/)).toMatchObject({ rows: 4, head: 15, base: 4 });
    expect(search(tree, /^all$/).rows).toBe(0);
  });

  it('says in a sentence what is no expression, and escapes names', () => {
    expect(parseSearch('  ')).toBeNull();
    expect(parseSearch('main.(*Store')).toMatch(/^This is no regular expression \(.+\)\. Put a backslash/);
    const name = 'main.(*Store[go.shape.int]).Put^$|{}/x';
    const expression = parseSearch(`^${escapeSearch(name)}$`);
    expect(expression instanceof RegExp && expression.test(name)).toBe(true);
    const small = parseSearch('store');
    expect(small instanceof RegExp && small.test('main.(*Store).Put')).toBe(true);
  });
});

describe('numbers', () => {
  it('by function count recursion once', () => {
    const tree = buildTree(
      view([
        ['main.a', 1, 0],
        ['main.a/main.b', 2, 0],
        ['main.a/main.b/main.a', 4, 1],
      ]),
    );
    const rows = sortTop(topRows(tree), 'cum').map(({ name, headFlat, headCum, baseCum }) => [
      name,
      headFlat,
      headCum,
      baseCum,
    ]);
    expect(rows).toEqual([
      ['main.a', 5, 7, 1],
      ['main.b', 2, 6, 1],
    ]);
  });

  it('say what changed, how sure that is, and what is gone', () => {
    const sentence = (row: number): string => frameSentence(frameWords(DIFF, row));
    expect(sentence(2)).toBe('main.put, store.go:2: before 44.0 KiB, after 64.0 KiB, change +20.0 KiB (+45.5 %), grew');
    expect(sentence(3)).toMatch(/change \+1\.0 KiB ± 2\.0 KiB \(\+10\.0 %\), within the noise of sampling$/);
    expect(sentence(4)).toMatch(/after 0 B, change −20\.0 KiB \(−100 %\), gone$/);
    expect(sentence(5)).toMatch(/change \+5\.0 KiB, new$/);
    expect(sentence(6)).toMatch(/^runtime\.mallocgc, inlined, store\.go:6: .*, unchanged$/);
  });
});

it('a view with nothing in it, and one with a root alone, do not fail', () => {
  const empty = { ...view([]), parent: [], function: [], file: [], line: [], head_flat: [], head_cum: [] };
  expect(layOut(buildTree(empty), 'both').total).toBe(0);
  const root = buildTree(view([]));
  expect([layOut(root, 'both').total, topRows(root), step(layOut(root, 'both'), 0, 'down')]).toEqual([0, [], 0]);
});
