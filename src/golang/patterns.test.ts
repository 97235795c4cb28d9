import { expect, test } from 'vitest';
import { isIgnored, isLocal, matcherOf, rootOf } from './patterns.ts';

test.each([
  ['net/...', ['net', 'net/http', 'net/http/pprof'], ['network', 'internal/net']],
  ['net...', ['net', 'network', 'net/http'], ['internal/net']],
  ['.../http', ['net/http', 'a/b/http'], ['net/http2', 'net/http/x']],
  ['a/.../c', ['a/b/c', 'a/b/b/c'], ['a/c', 'a/b']],
  ['...', ['a', 'a/b'], ['vendor/a', 'a/vendor/b']],
  ['vendor/...', ['vendor', 'vendor/a'], ['a']],
  ['a.b/c', ['a.b/c'], ['axb/c', 'a.b/c/d']],
])('%s', (pattern, yes, no) => {
  const matches = matcherOf(pattern);
  for (const path of yes) expect(matches(path), path).toBe(true);
  for (const path of no) expect(matches(path), path).toBe(false);
});

test('roots and kinds', () => {
  expect(['./...', './a/b.../c', 'net/...', 'x', '/...', '...'].map(rootOf)).toEqual(['.', './a', 'net', 'x', '/', '']);
  expect(['.', '..', './a', '../a', '/a', 'C:\\a'].every(isLocal)).toBe(true);
  expect(['a', '.../a', 'std', '.a', '...'].some(isLocal)).toBe(false);
});

test('ignore lines of go.mod', () => {
  expect(isIgnored('web/node_modules', ['node_modules'])).toBe(true);
  expect(isIgnored('web/node_modules', ['./node_modules'])).toBe(false);
  expect(isIgnored('node_modules/x', ['./node_modules/'])).toBe(true);
});
