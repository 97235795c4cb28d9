import { describe, expect, it } from 'vitest';
import { fingerprint, normalizeFunction } from './fingerprint.ts';

describe('normalizeFunction', () => {
  it.each([
    ['main.main', 'main.main'],
    ['example.com/shop/store.(*Store).Put', 'example.com/shop/store.(*Store).Put'],
    // Type arguments, as a profile and as a symbol table print them.
    ['main.(*Cache[...]).Get', 'main.(*Cache[...]).Get'],
    ['main.(*Cache[go.shape.string,map[string][]int]).Get', 'main.(*Cache[...]).Get'],
    ['main.Map[go.shape.struct { example.com/a/b.X int }].func2', 'main.Map[...].func'],
    // Closures, nested closures, and what go, defer and range make of them.
    ['main.Run.func1', 'main.Run.func'],
    ['main.Run.func12', 'main.Run.func'],
    ['main.Run.func1.2', 'main.Run.func.func'],
    ['main.Run.func3.1.4', 'main.Run.func.func.func'],
    ['main.Run.func1.gowrap2', 'main.Run.func.gowrap'],
    ['main.Run.deferwrap1', 'main.Run.deferwrap'],
    ['main.Run-range1', 'main.Run-range'],
    ['main.Run.func2-range1', 'main.Run.func-range'],
    ['main.(*T).Run.Inlined.func1', 'main.(*T).Run.Inlined.func'],
    ['main.glob..func3', 'main.glob..func'],
    ['main.init.0', 'main.init'],
    ['main.init.0.func1', 'main.init.func'],
    ['main.(*T).Close-fm', 'main.(*T).Close'],
    // A package path is no name, whatever it looks like.
    ['example.com/v1.2/func1.3/pkg.Run', 'example.com/v1.2/func1.3/pkg.Run'],
    ['gopkg.in/yaml%2ev3.(*parser).parse', 'gopkg.in/yaml.v3.(*parser).parse'],
    ['main.func1', 'main.func'],
    ['main.functional', 'main.functional'],
    ['main.F[', 'main.F[...]'],
    ['', ''],
  ])('%s → %s', (name, normal) => expect(normalizeFunction(name)).toBe(normal));
});

describe('fingerprint', () => {
  it('stays the same over deploys', () => {
    const known = fingerprint('goroutine-blocked-send', 'main.(*Hub).publish.func1', 'chan send');
    expect(known).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint('goroutine-blocked-send', 'main.(*Hub).publish.func2', ' chan send ')).toBe(known);
    // Written down, because it is stored in baselines: a change of this value is a change of the format.
    expect(known).toBe('f7dfe0b3b20c3db9');
  });

  it('tells rules, functions and operations apart, whatever separators they contain', () => {
    const all = [
      fingerprint('a', 'b', 'c'),
      fingerprint('a', 'b', 'd'),
      fingerprint('a', 'c', 'c'),
      fingerprint('b', 'b', 'c'),
      fingerprint('a', 'b c', ''),
      fingerprint('a', 'b', ''),
      fingerprint('a b', 'c', ''),
      fingerprint('a","b', '', 'c'),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
