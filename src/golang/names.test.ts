import { describe, expect, it } from 'vitest';
import { createNames } from './names.ts';
import { KEYWORDS, TOKEN_TEXT, Token } from './tokens.ts';

describe('names', () => {
  it('are the same integer for the same bytes, wherever they stand', () => {
    const names = createNames();
    const bytes = Buffer.from('alpha beta alpha');
    const alpha = names.intern(bytes, 0, 5);
    expect(names.intern(bytes, 11, 16)).toBe(alpha);
    expect(names.intern(bytes, 6, 10)).not.toBe(alpha);
    expect(names.of('alpha')).toBe(alpha);
    expect(names.text(alpha)).toBe('alpha');
    expect([names.of(''), names.text(0)]).toEqual([0, '']);
  });

  it('keep apart what is many, and what has the same hash', () => {
    const names = createNames();
    // Known collisions of FNV-1a.
    const texts = [
      'costarring',
      'liquid',
      'declinate',
      'macallums',
      'altarage',
      'zinke',
      ...Array.from({ length: 50_000 }, (_, i) => `name${i}`),
    ];
    const indices = texts.map((text) => names.of(text));
    expect(new Set(indices).size).toBe(texts.length);
    expect(indices.map((name) => names.text(name))).toEqual(texts);
    expect(texts.map((text) => names.of(text))).toEqual(indices);
  });

  it('know what is exported', () => {
    const names = createNames();
    const exported = ['A', 'a', '_A', 'Ähm', 'ähm', 'Ωmega', '世界', ''].map((text) => names.exported(names.of(text)));
    expect(exported).toEqual([true, false, false, true, false, true, false, false]);
  });

  it('begin with the keywords, in the order of their tokens', () => {
    const names = createNames();
    expect(KEYWORDS.map((keyword) => names.of(keyword))).toEqual(KEYWORDS.map((_, i) => i + 1));
    expect(TOKEN_TEXT[Token.AndNotAssign]).toBe('&^=');
    expect(TOKEN_TEXT[Token.Tilde]).toBe('~');
    expect(TOKEN_TEXT[Token.Var]).toBe('var');
  });
});
