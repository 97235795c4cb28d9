import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonNode, MAX_DEPTH, member, Places, readJson, stringAt } from './json-nodes.ts';

/** As JSON.parse would have it. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': {
      const entries = new Map(node.members.map(({ key, value }) => [key, plain(value)]));
      const made: object = {};
      for (const [key, value] of entries) {
        Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
      }
      return made;
    }
    case 'array':
      return node.items.map(plain);
    case 'number':
      return Number(node.text);
    case 'null':
      return null;
    default:
      return node.value;
  }
}

function parsed(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

test('it reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(3), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(readJson(text, 'x'))).toEqual(JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});

test('it refuses what JSON.parse refuses', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    '\\u00',
    '1',
    '-',
    '0',
    '.',
    'e',
    '+',
    'true',
    'nul',
    ' ',
    '\n',
    '\u0001',
    '__proto__',
    '\ud800',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const wanted = parsed(text);
      let read: { value: unknown } | null = null;
      try {
        read = { value: plain(readJson(text, 'x')) };
      } catch (error) {
        expect(error).toMatchObject({ name: 'GuardEvidenceError' });
      }
      expect(read).toEqual(wanted);
    }),
    { numRuns: 5000 },
  );
});

test('what stands twice and what is no property stay visible', () => {
  const root = readJson('{"a": 1, "__proto__": {"b": "c"},\n "a": "é", "x": 1e999}', 'x');
  expect(root.kind === 'object' && root.members.map(({ key }) => key)).toEqual(['a', '__proto__', 'a', 'x']);
  expect(stringAt(root, 'a')).toBe('é');
  expect(member(root, 'b')).toBeUndefined();
  expect(member(root, 'x')).toMatchObject({ text: '1e999' });
});

test('an error has its line and column, in bytes', () => {
  expect(() => readJson('{\n "é": !', 'lock.json')).toThrow('lock.json:2:8 is not JSON: a value is expected.');
  expect(new Places('a\n\nb').at(3)).toEqual({ line: 3, column: 1 });
});

test('depth is bounded', () => {
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(readJson(deep(MAX_DEPTH), 'x').kind).toBe('array');
  expect(() => readJson(deep(MAX_DEPTH + 1), 'x')).toThrow('nested deeper');
  expect(() => readJson('['.repeat(5_000_000), 'x')).toThrow('nested deeper');
});
