import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSchedule, type Schedule } from './schedule.ts';

/** `a: b c` lines: package a imports b and c. */
function scheduleOf(picture: string): { schedule: Schedule; names: string[] } {
  const packages = picture
    .trim()
    .split('\n')
    .map((line) => {
      const [importPath = '', imports = ''] = line.trim().split(':');
      return { importPath, imports: imports.split(' ').filter((name) => name !== ''), bytes: 1 };
    });
  return { schedule: createSchedule(packages), names: packages.map((pkg) => pkg.importPath) };
}

function order({ schedule, names }: { schedule: Schedule; names: string[] }): string {
  const given: string[] = [];
  for (let index = schedule.next(); index >= 0; index = schedule.next()) {
    given.push(names[index] ?? '?');
    schedule.finish(index);
  }
  return given.join(' ');
}

describe('the order of packages', () => {
  it('is imports first, and the longest way to the end first', () => {
    const found = scheduleOf(`
      main: cart log
      cart: store
      store: log
      lone:
      log:`);
    expect(order(found)).toBe('log store cart main lone');
  });

  it('holds a package back until all that it imports is finished', () => {
    const { schedule } = scheduleOf('main: a b\na:\nb:');
    const first = schedule.next();
    const second = schedule.next();
    expect([first, second].sort()).toEqual([1, 2]);
    expect(schedule.next()).toBe(-1);
    schedule.finish(first);
    expect(schedule.next()).toBe(-1);
    schedule.finish(second);
    expect(schedule.next()).toBe(0);
    expect(schedule.left).toBe(1);
  });

  it('cuts import cycles', () => {
    const found = scheduleOf('a: b\nb: c\nc: a\nself: self');
    expect(order(found).split(' ').sort()).toEqual(['a', 'b', 'c', 'self']);
    expect(found.schedule.left).toBe(0);
  });

  it('sees through imports of imports', () => {
    const { schedule } = scheduleOf('a: b\nb: c d\nc:\nd:\ne:');
    expect([...schedule.visibleFrom(0)]).toEqual([1, 2, 3]);
    expect([...schedule.visibleFrom(4)]).toEqual([]);
  });

  it('ignores what is imported from elsewhere', () => {
    expect(order(scheduleOf('a: fmt os'))).toBe('a');
  });
});

it('gives out every package once, after its imports, whatever they import', () => {
  const graphs = fc
    .integer({ min: 1, max: 12 })
    .chain((count) => fc.array(fc.array(fc.nat(count - 1), { maxLength: 4 }), { minLength: count, maxLength: count }));
  fc.assert(
    fc.property(graphs, (imports) => {
      const schedule = createSchedule(
        imports.map((list, index) => ({ importPath: `p${index}`, imports: list.map((to) => `p${to}`), bytes: index })),
      );
      const done = new Set<number>();
      for (let index = schedule.next(); index >= 0; index = schedule.next()) {
        expect(done.has(index)).toBe(false);
        for (const target of schedule.imports[index] ?? []) expect(done.has(target)).toBe(true);
        done.add(index);
        schedule.finish(index);
      }
      expect(done.size).toBe(imports.length);
    }),
  );
});
