import type { TypeIndex, Types } from '../golang/typing.ts';

/** A type as messages name it. Types know no aliases, but hardly anybody writes `[]uint8` for `[]byte`. */
export function shownType(types: Pick<Types, 'text'>, type: TypeIndex): string {
  return types.text(type).replace(/(\[\d*\])uint8\b/g, '$1byte');
}
