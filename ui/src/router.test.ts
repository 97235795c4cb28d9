import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readPlace, to, withQuery, writePlace } from './router.ts';

it('reads back what it writes, whatever the names are', () => {
  const name = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text !== '-');
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), fc.dictionary(name, name), (path, query) => {
      expect(readPlace(writePlace(path, query))).toEqual({ path, query });
    }),
  );
});

it('writes an environment without a name as a dash', () => {
  expect(to.service('', 'reports')).toBe('#/service/-/reports');
  expect(readPlace('#/service/-/reports').path).toEqual(['service', '', 'reports']);
});

it('takes anything for an address', () => {
  expect(readPlace('')).toEqual({ path: [], query: {} });
  expect(readPlace('#')).toEqual({ path: [], query: {} });
  expect(readPlace('#/service/100%/x')).toEqual({ path: ['service', '100%', 'x'], query: {} });
  expect(readPlace('#/open?')).toEqual({ path: ['open'], query: {} });
});

it('changes queries, and leaves out those without a value', () => {
  const place = readPlace('#/service/prod/reports?range=1h&instance=a');
  expect(withQuery(place, { range: null, from: '1', to: '2' })).toBe('#/service/prod/reports?instance=a&from=1&to=2');
  expect(to.flame('h', null)).toBe('#/flame?head=h');
  expect(to.compare('b', 'h')).toBe('#/compare?base=b&head=h');
});
