import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNote, parseNoteKey } from './note.ts';

const SUM_GOLANG = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
/** A tree head that sum.golang.org signed. */
const REAL = `go.sum database tree
71909756
iHqVxqh8cyFgqTcentUiEjZ88MD/U2r6w+0h9y1wcFA=

— sum.golang.org Az3gruqca1CkvBUmiVQwTbA/gaUFzmjGdeKsltdaxDjB0sALZnZFiokxoLeuELkWgcacVEQfWPJ8/AdDoOHPspHuDgk=
`;

const pair = generateKeyPairSync('ed25519');
const raw = Buffer.concat([Buffer.of(1), pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
const hash = createHash('sha256').update('me\n').update(raw).digest().subarray(0, 4);
const key = parseNoteKey(`me+${hash.toString('hex')}+${raw.toString('base64')}`);
const signature = (text: string, name = 'me'): string =>
  `— ${name} ${Buffer.concat([hash, sign(null, Buffer.from(text), pair.privateKey)]).toString('base64')}\n`;
const open = (message: string): string => openNote(Buffer.from(message), key).kind;

describe('a signed note', () => {
  it('of sum.golang.org opens with the key that is built into go', () => {
    const opened = openNote(Buffer.from(REAL), parseNoteKey(SUM_GOLANG));
    expect(opened).toEqual({ kind: 'signed', text: REAL.slice(0, REAL.indexOf('\n\n') + 1) });
  });

  it('does not open with any bit of it changed', () => {
    fc.assert(
      fc.property(fc.nat(Buffer.byteLength(REAL) - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(REAL);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(openNote(changed, parseNoteKey(SUM_GOLANG)).kind).not.toBe('signed');
      }),
      { numRuns: 500 },
    );
  });

  it('may have signatures of others beside', () => {
    const text = 'hello\n\nworld\n';
    expect(open(`${text}\n${signature(text, 'other')}${signature(text)}`)).toBe('signed');
    expect(open(`${text}\n${signature(text, 'other')}`)).toBe('unknown-key');
    expect(open(`${text}\n${signature('else')}${signature(text)}`)).toBe('wrong-signature');
  });

  it.each([
    ['', 'malformed'],
    ['text\n', 'malformed'],
    ['text\n\n', 'malformed'],
    ['text\n\nno signature\n', 'malformed'],
    [`text\n\n— me AAAA\n`, 'malformed'],
    [`text\n\n— me not/base64!\n`, 'malformed'],
    [`te\u0001xt\n\n${signature('te\u0001xt\n')}`, 'malformed'],
    [`text\n\n${signature('text\n').trimEnd()}`, 'malformed'],
    [`text\n\n${signature('text\n').repeat(101)}`, 'malformed'],
    [`text\n\n${signature('text\n').repeat(100)}`, 'signed'],
  ])('%j: %s', (message, kind) => {
    expect(open(message)).toBe(kind);
  });
});

it.each([
  ['sum.golang.org', 'write name+hash+base64'],
  [SUM_GOLANG.replace('033de0ae', '033de0af'), 'its hash is 033de0ae, not 033de0af'],
  [SUM_GOLANG.replace('sum.golang.org', 'sum.golang.com'), 'name or key were changed'],
  [SUM_GOLANG.slice(0, -4), 'it is no Ed25519 key'],
])('refuses the key %s', (text, why) => {
  expect(() => parseNoteKey(text)).toThrow(why);
});
