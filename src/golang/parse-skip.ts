/** Passing over a function's body by its braces alone, for packages of which only the declarations matter. */
import type { Parser } from './parse-state.ts';
import { commentEnd } from './scan-bytes.ts';
import { Token } from './tokens.ts';
import type { Offset } from './tree.ts';

/** From the `{` that is the current token to the token after its `}`, whose offset is returned; -1 if there is none. */
export function skipBody(p: Parser): Offset {
  const close = matchBrace(p.source, p.end, p.limit);
  if (close < 0) {
    p.problem(p.start, "'{' has no matching '}'");
    p.resume(p.limit, Token.RBrace);
  } else {
    p.resume(close + 1, Token.RBrace);
  }
  p.next();
  return close;
}

/** Offset of the `}` for a `{` just before `from`; -1. Strings, runes and comments are passed over. */
function matchBrace(source: Uint8Array, from: Offset, limit: Offset): Offset {
  let depth = 1;
  for (let at = from; at < limit; at++) {
    switch (source[at]) {
      case 0x7b:
        depth++;
        break;
      case 0x7d:
        if (--depth === 0) return at;
        break;
      case 0x22:
        at = quoteEnd(source, at + 1, limit, 0x22);
        break;
      case 0x27:
        at = quoteEnd(source, at + 1, limit, 0x27);
        break;
      case 0x60:
        at++;
        while (at < limit && source[at] !== 0x60) at++;
        break;
      case 0x2f:
        if (source[at + 1] === 0x2f) {
          while (at < limit && source[at] !== 0x0a) at++;
        } else if (source[at + 1] === 0x2a) {
          const end = commentEnd(source, at, limit);
          if (end < 0) return -1;
          at = end - 1;
        }
        break;
    }
  }
  return -1;
}

/** Offset of the closing quote or the line break that ends it. */
function quoteEnd(source: Uint8Array, from: Offset, limit: Offset, quote: number): Offset {
  let at = from;
  while (at < limit) {
    const c = source[at];
    if (c === quote || c === 0x0a) return at;
    at += c === 0x5c ? 2 : 1;
  }
  return limit;
}
