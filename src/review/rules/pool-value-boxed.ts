import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { poolCalls } from '../pools/calls.ts';
import type { Pass, Rule } from '../rule.ts';
import { shownType } from '../shown-type.ts';

export const poolValueBoxed: Rule = {
  id: 'pool-value-boxed',
  summary: 'A value that is no pointer is put into a pool: each Put allocates what holds it',
  when: { imports: ['sync'] },
  check(pass) {
    const { puts, makers } = pass.engine(poolCalls);
    const reported = new Set<string>();
    for (const { call, value, type, pool } of puts) {
      const boxed = boxedAs(pass, type);
      // Once per pool: it is mended for all its Puts or for none.
      if (boxed === null || reported.has(pool)) continue;
      if (pool !== '') reported.add(pool);
      pass.report({
        confidence: 'medium',
        node: call,
        message: `Put is given ${boxed.what}, not a pointer: every Put allocates ${boxed.bytes} bytes to hold it`,
        steps: [
          {
            node: value,
            says: `this is a ${shownType(pass.typing.types, type)}, which does not fit into an interface`,
          },
        ],
        advice: 'Pool a pointer: let New return *T, and put back the pointer that Get gave.',
      });
    }
    for (const { pool, results } of makers) {
      if (pool !== '' && reported.has(pool)) continue;
      for (const result of results) {
        const boxed = boxedAs(pass, pass.typing.typeOf(result));
        if (boxed === null) continue;
        pass.report({
          confidence: 'medium',
          node: result,
          message: `New returns ${boxed.what}, not a pointer: it is boxed in ${boxed.bytes} bytes of its own, and so is every Put of one`,
          steps: [],
          advice: 'Let New return a pointer (new(T), &T{…}, or &b for a slice b), and put that pointer back.',
        });
        break;
      }
    }
  },
};

/** Types that an interface cannot hold without an allocation; null for pointers, small numbers and what is unknown. */
function boxedAs(pass: Pass, type: TypeIndex): { what: string; bytes: number } | null {
  const { types } = pass.typing;
  const under = types.underlying(type);
  const size = types.size(type);
  switch (types.kind(under)) {
    case TypeKind.Slice:
      return { what: 'a slice', bytes: 24 };
    case TypeKind.Struct:
      // A struct of one pointer is held as that pointer.
      return size === null || size <= 8 ? null : { what: 'a struct', bytes: size };
    case TypeKind.Array:
      return size === null || size <= 8 ? null : { what: 'an array', bytes: size };
    case TypeKind.Basic:
      return types.basic(under) === 'string' ? { what: 'a string', bytes: 16 } : null;
    default:
      return null;
  }
}
