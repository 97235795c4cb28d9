import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchPatterns } from '../../../testing/sumdb.ts';
import { coveringPattern, tooBroad } from './patterns.ts';
import { isModulePath, parseSumFile, sumConflicts } from './sum-file.ts';

it('matches as golang.org/x/mod does', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'ab',
    '*',
    '?',
    '[ab]',
    '[^a]',
    '[a-b]',
    '\\*',
    '/',
    '.',
    ',',
    '[',
    '**',
    '-',
    '',
  );
  const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const letter = fc.constantFrom('a', 'b', 'ab', '/', '.', '*', '-', 'A', '_', '~', '!', '..');
  const path = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
  const pairs = fc.sample(fc.tuple(pattern, path), { numRuns: 20_000, seed: 7 });
  const wanted = matchPatterns(pairs);
  const wrong = pairs.filter(([list, name], i) => (coveringPattern(list, name) !== null) !== wanted[i]?.[0]);
  expect(wrong).toEqual([]);
  expect(wanted.filter(([hit]) => hit).length).toBeGreaterThan(500);
  // What go takes for a path of a module is one; names that only Windows does not allow are no matter here.
  const refused = pairs.filter(([, name], i) => wanted[i]?.[1] === true && !isModulePath(name));
  expect(refused).toEqual([]);
});

it('takes no longer for stars than their number times the length', () => {
  const start = performance.now();
  expect(coveringPattern(`${'*a'.repeat(400)}*b`, 'a'.repeat(1000))).toBeNull();
  // What tries every way takes longer than there is time.
  expect(performance.now() - start).toBeLessThan(20_000);
});

it('takes no path that leads out of a directory, nor an address with a query', () => {
  const bad = [
    '../x',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    '.a/b',
    'a./b',
    'a?b',
    'a#b',
    'a%2fb',
    'a b',
    'a!b',
    'a@b',
    'ä',
    '-a/b',
    '',
  ];
  expect(bad.filter(isModulePath)).toEqual([]);
});

it.each([
  ['*', true],
  ['*/*', true],
  ['*.com', true],
  ['*.io', true],
  ['github.com', true],
  ['github.com/*', true],
  ['github.com/', true],
  ['g*b.com', true],
  ['golang.org', true],
  ['github.com/acme', false],
  ['github.com/acme/*', false],
  ['*.example.com', false],
  ['git.example.com', false],
  ['*.corp', true],
  ['', false],
])('says of %s whether it is too broad: %s', (pattern, broad) => {
  expect(tooBroad(pattern) !== '').toBe(broad);
});

it('reads a go.sum of 10 MB in a moment, and every line of it', () => {
  const hash = `h1:${'A'.repeat(43)}=`;
  const text = Array.from({ length: 100_000 }, (_, i) => `example.test/some/long/module${i} v1.0.${i} ${hash}\n`).join(
    '',
  );
  expect(text.length).toBeGreaterThan(9_000_000);
  const start = performance.now();
  const lines = parseSumFile(text);
  expect(lines.length).toBe(100_000);
  expect(lines.filter(({ problem }) => problem !== '')).toEqual([]);
  expect(sumConflicts([...lines, ...lines])).toEqual([]);
  // One pass takes a tenth of a second; what is quadratic takes minutes.
  expect(performance.now() - start).toBeLessThan(20_000);
});
