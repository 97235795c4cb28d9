import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { comparePlain } from '../../../testing/plain-yaml.ts';
import { readPlain } from './read.ts';

const MANIFEST = `# Source: shop/templates/web.yaml

apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the shop
  labels: {app: web, "tier": 'front', nr: 1}
  annotations:
    'it''s': "a \\"b\\" \\u00e9"
    empty:
    also: ~   # nothing
    long: the first line of it and
      the second
      - the third
    quoted: 'one
      two'
spec:
  replicas: 3
  list:
  - a
  -
  - - b
    - -c
  # a comment
  - name: web
    args: [--port=8080, -v, "x: y", [], {}, http://r:5000/a]
    ports:
      - containerPort: 8080
        name: web
    command:
    - |
      set -e

        exec web
    - >-
      folded
      into

      two
    - |-
      stripped

  cpu: 0.5
  ip: 10.0.0.1
  date: 2020-01-01
  on: "yes"
`;

describe('the small YAML reader', () => {
  it('reads what manifests are made of, with values and places as the library gives them', () => {
    // `on` is a boolean in YAML 1.1: this key alone is left to the library.
    expect(readPlain(MANIFEST)).toBeNull();
    expect(comparePlain(MANIFEST.replace('  on:', '  "on":'))).toEqual({ read: true, difference: null });
    expect(comparePlain('- {a: b}\n- [c]')).toEqual({ read: true, difference: null });
    expect(comparePlain('  {"a": 1}')).toEqual({ read: false, difference: null });
    expect(comparePlain('{"a": [1, true, "x"]} # all')).toEqual({ read: true, difference: null });
  });

  it.each([
    ['an anchor', 'a: &x b\n'],
    ['an alias', 'a: *x\n'],
    ['a tag', 'a: !!str b\n'],
    ['a merge key', 'a:\n  <<: {b: c}\n'],
    ['a key that stands twice', 'a: b\na: c\n'],
    ['a key that stands twice in braces', 'a: {b: c, "b": d}\n'],
    ['a key that is no text', '1: b\n'],
    ['a complex key', '? a\n: b\n'],
    ['a key of the prototype', '__proto__: {a: b}\n'],
    ['a tab', 'a:\tb\n'],
    ['a carriage return', 'a: b\r\n'],
    ['a directive', '%YAML 1.2\na: b\n'],
    ['a map in the line of a key', 'a: b: c\n'],
    ['a list in the line of a key', 'a: - b\n'],
    ['a line that belongs to nothing', 'a:\n    b: c\n  d: e\n'],
    ['an octal number', 'a: 0644\n'],
    ['a number with an exponent', 'a: 1e3\n'],
    ['an indentation that is said', 'a: |2\n    b\n'],
    ['a scalar alone', 'text\n'],
    ['nothing', '# nothing\n'],
    ['a template', 'a: {{ .Values.a }}\n'],
    ['brackets over lines', 'a: [b,\n  c]\n'],
    ['depth', `${Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')} b\n`],
  ])('leaves %s to the library', (_, text) => {
    expect(readPlain(text)).toBeNull();
  });

  const word = fc.constantFrom(
    ...[
      'a',
      'b c',
      'kind',
      'x-y',
      "it's",
      'a: b',
      'a #b',
      '- a',
      '',
      'yes',
      'null',
      '0x1f',
      '1_000',
      '12',
      '1.5',
      '.5',
      '-1',
    ],
    ...[
      'e5',
      '10.0.0.1',
      '80:30',
      '2020-01-01',
      '512Mi',
      '{a}',
      '[b]',
      'two\nlines',
      'two\n\nlines\n',
      ' led',
      '"q"',
      '%d',
      'é',
    ],
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, word, fc.constantFrom(0, -7, 0.25, true, null), tie('list'), tie('map')),
    list: fc.array(tie('value'), { maxLength: 4 }),
    map: fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }));

  it('reads what a library writes as that library does', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.dictionary(word, value, { maxKeys: 5, noNullPrototype: true }),
        fc.constantFrom(0, 30, 80),
        fc.boolean(),
        (map, lineWidth, indentSeq) => {
          const text = stringify(map, { version: '1.1', lineWidth, indentSeq });
          const compared = comparePlain(text);
          expect(compared.difference, text).toBeNull();
          if (compared.read) read++;
        },
      ),
      { numRuns: 400 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('reads lines put together at random as the library does, or not at all', () => {
    const part = fc.constantFrom(
      ...[
        'a:',
        'b: c',
        '- ',
        '- d',
        '- e: f',
        "'g': h",
        'i: |',
        'j: >-',
        'text',
        '',
        '# note',
        'k: [l, m]',
        'n: {o: p}',
        ': q',
      ],
      ...[
        'r: "s',
        't"',
        "u: 'v",
        "w'",
        'x: y # z',
        'a: b: c',
        '- - a',
        '  ',
        '{',
        '}',
        ']',
        'a: [',
        'b: c #',
        '-',
        '#',
        'c:#',
        'd :e',
      ],
    );
    const line = fc.tuple(fc.nat(4), part).map(([indent, text]) => ' '.repeat(indent) + text);
    let read = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), fc.boolean(), (lines, ended) => {
        const text = lines.join('\n') + (ended ? '\n' : '');
        const compared = comparePlain(text);
        expect(compared.difference, JSON.stringify(text)).toBeNull();
        if (compared.read) read++;
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(30);
  });
});
