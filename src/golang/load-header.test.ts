import { expect, test } from 'vitest';
import { type FileHeader, scanHeader } from './load-header.ts';

const SOURCE = `// Copyright.

//go:build linux /* not part of it */

/* Package shop
sells. */ package shop // import "example.com/shop"

import "fmt"; import ("os"; . "strings"
	/* c */ _ "embed" // d
	größe "math"
	raw \`io\`
)
import "C"

var importNothing = "import"
`;

const scan = (text: string): FileHeader | null => {
  const bytes = new TextEncoder().encode(text);
  return scanHeader(bytes, bytes.length, true);
};

test('constraint, name, imports', () => {
  expect(scan(SOURCE)).toEqual({
    constraint: '//go:build linux /* not part of it */',
    name: 'shop',
    imports: ['fmt', 'os', 'strings', 'embed', 'math', 'io', 'C'],
  });
  expect(scan('\uFEFFpackage x')?.name).toBe('x');
});

test('a cut header asks for more, wherever it is cut, or is the whole one', () => {
  const bytes = new TextEncoder().encode(SOURCE);
  const whole = scanHeader(bytes, bytes.length, true);
  for (let length = 0; length < bytes.length; length++) {
    const cut = scanHeader(bytes.subarray(0, length), length, false);
    if (cut !== null) expect(cut, `${length} bytes`).toEqual(whole);
    // And taken for a whole file it is no trouble.
    scanHeader(bytes.subarray(0, length), length, true);
  }
});

test.each([
  '',
  'package',
  'import "a"',
  'package x; import',
  'package x; import ("a',
  'package x; import (a b)',
  '/*',
  '"',
])('broken: %j', (text) => {
  expect(scan(text)).not.toBeNull();
});

test('imports before a broken one are kept', () => {
  expect(scan('package x\nimport (\n"a"\n+\n"b"\n)')?.imports).toEqual(['a']);
});
